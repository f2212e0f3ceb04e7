/**
 * The records of the client protocol and of the transaction log, named and ordered as in Apache's
 * zookeeper.jute. Each is a codec and a type of the same name.
 */
import { bool, buffer, type Decoded, int, long, long64, nullableString, record, ustring, vector } from './schema.js'

// --- data
export const Id = record({ scheme: ustring, id: ustring })
export type Id = Decoded<typeof Id>
export const ACL = record({ perms: int, id: Id })
export type ACL = Decoded<typeof ACL>
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
export const ConnectResponse = record({ protocolVersion: int, timeOut: int, sessionId: long64, passwd: buffer })
export type ConnectResponse = Decoded<typeof ConnectResponse>
export const RequestHeader = record({ xid: int, type: int })
export type RequestHeader = Decoded<typeof RequestHeader>
export const ReplyHeader = record({ xid: int, zxid: long, err: int })
export type ReplyHeader = Decoded<typeof ReplyHeader>
export const AuthPacket = record({ type: int, scheme: nullableString, auth: buffer })
export type AuthPacket = Decoded<typeof AuthPacket>
export const SaslToken = record({ token: buffer })
export const SetWatches = record({
  relativeZxid: long,
  dataWatches: vector(nullableString),
  existWatches: vector(nullableString),
  childWatches: vector(nullableString),
})
export type SetWatches = Decoded<typeof SetWatches>
export const SetWatches2 = record({
  relativeZxid: long,
  dataWatches: vector(nullableString),
  existWatches: vector(nullableString),
  childWatches: vector(nullableString),
  persistentWatches: vector(nullableString),
  persistentRecursiveWatches: vector(nullableString),
})
export type SetWatches2 = Decoded<typeof SetWatches2>
export const WatcherEvent = record({ type: int, state: int, path: ustring })
export type WatcherEvent = Decoded<typeof WatcherEvent>

// --- requests and replies
export const PathRequest = record({ path: ustring })
export const PathWatchRequest = record({ path: ustring, watch: bool })
export const PathVersionRequest = record({ path: ustring, version: int })
export const CreateRequest = record({ path: ustring, data: buffer, acl: vector(ACL), flags: int })
export type CreateRequest = Decoded<typeof CreateRequest>
export const CreateTTLRequest = record({ path: ustring, data: buffer, acl: vector(ACL), flags: int, ttl: long })
export type CreateTTLRequest = Decoded<typeof CreateTTLRequest>
export const SetDataRequest = record({ path: ustring, data: buffer, version: int })
export type SetDataRequest = Decoded<typeof SetDataRequest>
export const SetACLRequest = record({ path: ustring, acl: vector(ACL), version: int })
export type SetACLRequest = Decoded<typeof SetACLRequest>
export const ReconfigRequest = record({
  joiningServers: nullableString,
  leavingServers: nullableString,
  newMembers: nullableString,
  curConfigId: long,
})
/** addWatch (mode), checkWatches and removeWatches (type) share one shape. */
export const PathModeRequest = record({ path: ustring, mode: int })
export const MultiHeader = record({ type: int, done: bool, err: int })
export type MultiHeader = Decoded<typeof MultiHeader>
export const ErrorResponse = record({ err: int })
export const StatResponse = record({ stat: Stat })
export const PathResponse = record({ path: ustring })
export const Create2Response = record({ path: ustring, stat: Stat })
export const GetDataResponse = record({ data: buffer, stat: Stat })
export const GetChildrenResponse = record({ children: vector(ustring) })
export const GetChildren2Response = record({ children: vector(ustring), stat: Stat })
export const GetACLResponse = record({ acl: vector(ACL), stat: Stat })
export const GetAllChildrenNumberResponse = record({ totalNumber: int })
export const GetEphemeralsResponse = record({ ephemerals: vector(ustring) })
export const WhoAmIResponse = record({ clientInfo: vector(ClientInfo) })

// --- transactions
export const TxnHeader = record({ clientId: long64, cxid: int, zxid: long, time: long, type: int })
export type TxnHeader = Decoded<typeof TxnHeader>
export const TxnDigest = record({ version: int, treeDigest: long64 })
export type TxnDigest = Decoded<typeof TxnDigest>
export const CreateTxn = record({
  path: ustring,
  data: buffer,
  acl: vector(ACL),
  ephemeral: bool,
  parentCVersion: int,
})
/** What servers before 3.4 logged: no parentCVersion. */
export const CreateTxnV0 = record({ path: ustring, data: buffer, acl: vector(ACL), ephemeral: bool })
export const CreateTTLTxn = record({ path: ustring, data: buffer, acl: vector(ACL), parentCVersion: int, ttl: long })
export const CreateContainerTxn = record({ path: ustring, data: buffer, acl: vector(ACL), parentCVersion: int })
export const DeleteTxn = record({ path: ustring })
export const SetDataTxn = record({ path: ustring, data: buffer, version: int })
export const CheckVersionTxn = record({ path: ustring, version: int })
export const SetACLTxn = record({ path: ustring, acl: vector(ACL), version: int })
export const CreateSessionTxn = record({ timeOut: int })
export const CloseSessionTxn = record({ paths2Delete: vector(ustring) })
export const ErrorTxn = record({ err: int })
export const SubTxn = record({ type: int, data: buffer })
export const MultiTxn = record({ txns: vector(SubTxn) })
