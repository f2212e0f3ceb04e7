/**
 * The records of the client protocol and of the transaction log, named and ordered as in Apache's
 * zookeeper.jute. Each is a codec and a type of the same name.
 */
import { bool, buffer, type Decoded, int, long, long64, nullableString, record, ustring, vector } from './schema.js'

// --- data
/** Who an ACL entry is for: a scheme and an id of it. */
export const Id = record({ scheme: ustring, id: ustring })
export type Id = Decoded<typeof Id>
/** One entry of an ACL: `perms` is a set of `Perms` bits. */
export const ACL = record({ perms: int, id: Id })
export type ACL = Decoded<typeof ACL>
/** What is told of a znode beside its data: zxids, times in ms, versions, sizes. */
export const Stat = record({
  czxid: long,
  mzxid: long,
  ctime: long,
  mtime: long,
  version: int,
  cversion: int,
  aversion: int,
  ephemeralOwner: long64,
  dataLength: int,
  numChildren: int,
  pzxid: long,
})
export type Stat = Decoded<typeof Stat>
/** One identity of a connection, as whoAmI tells it. */
export const ClientInfo = record({ authScheme: ustring, user: ustring })
export type ClientInfo = Decoded<typeof ClientInfo>

// --- connection
/** Without the readOnly byte that clients since 3.4 append: older ones leave it out. */
export const ConnectRequest = record({
  protocolVersion: int,
  lastZxidSeen: long,
  timeOut: int,
  sessionId: long64,
  passwd: buffer,
})
export type ConnectRequest = Decoded<typeof ConnectRequest>
/** The answer to a {@link ConnectRequest}; session id 0 says that the session is over. The timeout is in ms. */
export const ConnectResponse = record({ protocolVersion: int, timeOut: int, sessionId: long64, passwd: buffer })
export type ConnectResponse = Decoded<typeof ConnectResponse>
/** Before every request: the client's number for it, and the opcode. */
export const RequestHeader = record({ xid: int, type: int })
export type RequestHeader = Decoded<typeof RequestHeader>
/**
 * Before every reply and event: the number of the request, the last zxid that the server has applied, and 0 or a `KeeperCode`.
 */
export const ReplyHeader = record({ xid: int, zxid: long, err: int })
export type ReplyHeader = Decoded<typeof ReplyHeader>
/** addAuth: credentials of one scheme; `type` is always 0. */
export const AuthPacket = record({ type: int, scheme: nullableString, auth: buffer })
export type AuthPacket = Decoded<typeof AuthPacket>
/** One step of a SASL exchange, in either direction. */
export const SaslToken = record({ token: buffer })
/** Watches that a client sets again after a reconnect, with the last zxid that it has seen. */
export const SetWatches = record({
  relativeZxid: long,
  dataWatches: vector(nullableString),
  existWatches: vector(nullableString),
  childWatches: vector(nullableString),
})
export type SetWatches = Decoded<typeof SetWatches>
/** {@link SetWatches} with persistent watches, since 3.6. */
export const SetWatches2 = record({
  relativeZxid: long,
  dataWatches: vector(nullableString),
  existWatches: vector(nullableString),
  childWatches: vector(nullableString),
  persistentWatches: vector(nullableString),
  persistentRecursiveWatches: vector(nullableString),
})
export type SetWatches2 = Decoded<typeof SetWatches2>
/** An event of a watch, or of the session: `type` is an `EventType`, `state` a state of the connection. */
export const WatcherEvent = record({ type: int, state: int, path: ustring })
export type WatcherEvent = Decoded<typeof WatcherEvent>

// --- requests and replies
/** Requests of a path alone. */
export const PathRequest = record({ path: ustring })
/** Reads that may set a watch: exists, getData, getChildren. */
export const PathWatchRequest = record({ path: ustring, watch: bool })
/** delete, and check in a multi; version -1 is any. */
export const PathVersionRequest = record({ path: ustring, version: int })
/** create, create2 and createContainer; `flags` is a create mode. */
export const CreateRequest = record({ path: ustring, data: buffer, acl: vector(ACL), flags: int })
export type CreateRequest = Decoded<typeof CreateRequest>
/** createTTL; `ttl` is in ms. */
export const CreateTTLRequest = record({ path: ustring, data: buffer, acl: vector(ACL), flags: int, ttl: long })
export type CreateTTLRequest = Decoded<typeof CreateTTLRequest>
/** setData; version -1 is any. */
export const SetDataRequest = record({ path: ustring, data: buffer, version: int })
export type SetDataRequest = Decoded<typeof SetDataRequest>
/** setACL; version -1 is any version of the ACL. */
export const SetACLRequest = record({ path: ustring, acl: vector(ACL), version: int })
export type SetACLRequest = Decoded<typeof SetACLRequest>
/** reconfig: servers that join and leave, or all members anew; -1 for any version of the configuration. */
export const ReconfigRequest = record({
  joiningServers: nullableString,
  leavingServers: nullableString,
  newMembers: nullableString,
  curConfigId: long,
})
/** addWatch (mode), checkWatches and removeWatches (type) share one shape. */
export const PathModeRequest = record({ path: ustring, mode: int })
/** Before each operation of a multi and of its reply; the last one has `done`. */
export const MultiHeader = record({ type: int, done: bool, err: int })
export type MultiHeader = Decoded<typeof MultiHeader>
/** What stands in the reply of a multi for an operation that was refused. */
export const ErrorResponse = record({ err: int })
/** The reply of exists, setData and setACL. */
export const StatResponse = record({ stat: Stat })
/** The reply of create: the path, which a sequence number may follow. */
export const PathResponse = record({ path: ustring })
/** The reply of create2, createTTL and createContainer. */
export const Create2Response = record({ path: ustring, stat: Stat })
/** The reply of getData, and of reconfig. */
export const GetDataResponse = record({ data: buffer, stat: Stat })
/** The reply of getChildren: names, in no order. */
export const GetChildrenResponse = record({ children: vector(ustring) })
/** The reply of getChildren2. */
export const GetChildren2Response = record({ children: vector(ustring), stat: Stat })
/** The reply of getACL. */
export const GetACLResponse = record({ acl: vector(ACL), stat: Stat })
/** How many znodes are below a path. */
export const GetAllChildrenNumberResponse = record({ totalNumber: int })
/** Paths of a session's ephemeral znodes. */
export const GetEphemeralsResponse = record({ ephemerals: vector(ustring) })
/** The reply of whoAmI. */
export const WhoAmIResponse = record({ clientInfo: vector(ClientInfo) })

// --- transactions
/** Before every transaction of the log; `time` is in ms, `type` an opcode. */
export const TxnHeader = record({ clientId: long64, cxid: int, zxid: long, time: long, type: int })
export type TxnHeader = Decoded<typeof TxnHeader>
/** After a transaction: what the tree adds up to once it is applied. */
export const TxnDigest = record({ version: int, treeDigest: long64 })
export type TxnDigest = Decoded<typeof TxnDigest>
/** A znode is created; `parentCVersion` is the parent's from then on. */
export const CreateTxn = record({
  path: ustring,
  data: buffer,
  acl: vector(ACL),
  ephemeral: bool,
  parentCVersion: int,
})
/** What servers before 3.4 logged: no parentCVersion. */
export const CreateTxnV0 = record({ path: ustring, data: buffer, acl: vector(ACL), ephemeral: bool })
/** A znode with a time to live in ms is created. */
export const CreateTTLTxn = record({ path: ustring, data: buffer, acl: vector(ACL), parentCVersion: int, ttl: long })
/** A container is created. */
export const CreateContainerTxn = record({ path: ustring, data: buffer, acl: vector(ACL), parentCVersion: int })
/** delete, and deleteContainer. */
export const DeleteTxn = record({ path: ustring })
/** setData and reconfig; `version` is the one from then on. */
export const SetDataTxn = record({ path: ustring, data: buffer, version: int })
/** A check in a multi, which changes nothing. */
export const CheckVersionTxn = record({ path: ustring, version: int })
/** setACL; `version` is that of the ACL from then on. */
export const SetACLTxn = record({ path: ustring, acl: vector(ACL), version: int })
/** A session is created; the timeout is in ms. */
export const CreateSessionTxn = record({ timeOut: int })
/** A session is over; the ephemeral znodes that go with it. */
export const CloseSessionTxn = record({ paths2Delete: vector(ustring) })
/** A request was refused: it has a zxid and changes nothing. */
export const ErrorTxn = record({ err: int })
/** One operation of a {@link MultiTxn}: its opcode, and its transaction in jute. */
export const SubTxn = record({ type: int, data: buffer })
/** A multi: all of its operations, or as many errors. */
export const MultiTxn = record({ txns: vector(SubTxn) })
