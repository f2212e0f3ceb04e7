import { OpCode } from '../jute/codes.js'
import { JuteReader, MarshallingError } from '../jute/reader.js'
import * as records from '../jute/records.js'
import { JuteWriter } from '../jute/writer.js'
import type { Zxid } from '../zxid.js'
import { DIGEST_VERSION } from './tree-digest.js'

/**
 * Transactions: what the log holds and what the tree applies. They carry results, not requests
 * (absolute versions, final paths, times), so that applying one twice does no harm.
 */
export interface TxnHeader {
  /** The session that asked, as signed 32-bit halves. */
  readonly clientHigh: number
  readonly clientLow: number
  readonly cxid: number
  readonly zxid: Zxid
  readonly timeMs: number
}

export type CreateType =
  | typeof OpCode.create
  | typeof OpCode.create2
  | typeof OpCode.createContainer
  | typeof OpCode.createTTL

export interface CreateTxn {
  readonly type: CreateType
  readonly path: string
  readonly data: Uint8Array | null
  readonly acl: readonly records.ACL[] | null
  readonly ephemeral: boolean
  /** The parent's counter of creates after this one; -1 in logs of servers before 3.4. */
  readonly parentCVersion: number
  /** Only of createTTL, in milliseconds. */
  readonly ttlMs: number
}

export interface DeleteTxn {
  readonly type: typeof OpCode.delete | typeof OpCode.deleteContainer
  readonly path: string
}

export interface SetDataTxn {
  readonly type: typeof OpCode.setData | typeof OpCode.reconfig
  readonly path: string
  readonly data: Uint8Array | null
  readonly version: number
}

export interface SetAclTxn {
  readonly type: typeof OpCode.setACL
  readonly path: string
  readonly acl: readonly records.ACL[] | null
  readonly version: number
}

export interface CheckTxn {
  readonly type: typeof OpCode.check
  readonly path: string
  readonly version: number
}

export interface CreateSessionTxn {
  readonly type: typeof OpCode.createSession
  readonly timeoutMs: number
}

export interface CloseSessionTxn {
  readonly type: typeof OpCode.closeSession
  /** The ephemerals that go with the session; null where closeSessionTxn.enabled is off. */
  readonly paths: readonly string[] | null
}

export interface ErrorTxn {
  readonly type: typeof OpCode.error
  readonly code: number
}

export interface MultiTxn {
  readonly type: typeof OpCode.multi
  readonly txns: readonly SubTxn[]
}

export type SubTxn = CreateTxn | DeleteTxn | SetDataTxn | SetAclTxn | CheckTxn | ErrorTxn
export type Txn = SubTxn | CreateSessionTxn | CloseSessionTxn | MultiTxn

/** The digest of the whole tree after a transaction, as unsigned 32-bit halves. */
export interface TxnDigest {
  readonly version: number
  readonly high: number
  readonly low: number
}

export interface TxnEntry {
  readonly header: TxnHeader
  readonly txn: Txn
  readonly digest: TxnDigest | null
}

/** Writes header, record and digest as one log entry (without the log's own framing). */
export function writeTxn(writer: JuteWriter, header: TxnHeader, txn: Txn, digest: TxnDigest | null): void {
  writer.longHalves(header.clientHigh, header.clientLow)
  writer.int(header.cxid)
  writer.long(header.zxid)
  writer.long(header.timeMs)
  writer.int(txn.type)
  writeTxnBody(writer, txn)
  if (digest !== null) {
    writer.int(digest.version)
    writer.longHalves(digest.high, digest.low)
  }
}

function writeTxnBody(writer: JuteWriter, txn: Txn): void {
  switch (txn.type) {
    case OpCode.create:
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.createTTL:
      writer.ustring(txn.path)
      writer.buffer(txn.data)
      writeAcl(writer, txn.acl)
      if (txn.type === OpCode.create || txn.type === OpCode.create2) writer.bool(txn.ephemeral)
      writer.int(txn.parentCVersion)
      if (txn.type === OpCode.createTTL) writer.long(txn.ttlMs)
      return
    case OpCode.delete:
    case OpCode.deleteContainer:
      writer.ustring(txn.path)
      return
    case OpCode.setData:
    case OpCode.reconfig:
      writer.ustring(txn.path)
      writer.buffer(txn.data)
      writer.int(txn.version)
      return
    case OpCode.setACL:
      writer.ustring(txn.path)
      writeAcl(writer, txn.acl)
      writer.int(txn.version)
      return
    case OpCode.check:
      writer.ustring(txn.path)
      writer.int(txn.version)
      return
    case OpCode.createSession:
      writer.int(txn.timeoutMs)
      return
    case OpCode.closeSession:
      if (txn.paths !== null) records.CloseSessionTxn.write(writer, { paths2Delete: txn.paths as string[] })
      return
    case OpCode.error:
      writer.int(txn.code)
      return
    case OpCode.multi: {
      writer.int(txn.txns.length)
      const body = new JuteWriter()
      for (const sub of txn.txns) {
        writer.int(sub.type)
        writeTxnBody(body.clear(), sub)
        writer.buffer(body.view())
      }
    }
  }
}

function writeAcl(writer: JuteWriter, acl: readonly records.ACL[] | null): void {
  if (acl === null) {
    writer.int(-1)
    return
  }
  writer.int(acl.length)
  for (const entry of acl) records.ACL.write(writer, entry)
}

/** A transaction type that no Apache server writes: the log is from the future, or not a log. */
export class UnknownTxnType extends Error {
  override readonly name = 'UnknownTxnType'
  constructor(readonly type: number) {
    super(`transaction of unknown type ${type}`)
  }
}

/**
 * Reads what {@link writeTxn} wrote. Data are views of the bytes that are given.
 *
 * A log holds long runs of creates with one ACL: equal lists that follow each other are read as one
 * object, which whoever counts their uses recognises without comparing them.
 */
export class TxnReader {
  private aclBytes = new Uint8Array(0)
  private acl: records.ACL[] | null = null

  /** @throws MarshallingError for bytes that are no transaction, {@link UnknownTxnType} */
  read(bytes: Uint8Array): TxnEntry {
    const reader = new JuteReader(bytes)
    const header: TxnHeader = {
      clientHigh: reader.int(),
      clientLow: reader.int(),
      cxid: reader.int(),
      zxid: reader.long(),
      timeMs: reader.long(),
    }
    const type = reader.int()
    const txn = this.body(reader, type)
    // Servers before 3.6 wrote no digest, and a create before 3.4 no parent counter.
    const digest =
      reader.remaining >= DIGEST_BYTES
        ? { version: reader.int(), high: reader.int() >>> 0, low: reader.int() >>> 0 }
        : null
    return { header, txn, digest }
  }

  private body(reader: JuteReader, type: number): Txn {
    switch (type) {
      case OpCode.create:
      case OpCode.create2:
      case OpCode.createContainer:
      case OpCode.createTTL: {
        const path = reader.ustring() ?? ''
        const data = reader.buffer()
        const acl = this.aclList(reader)
        const maybeOld = type === OpCode.create || type === OpCode.create2
        const ephemeral = maybeOld ? reader.bool() : false
        const parentCVersion = maybeOld && reader.remaining < 4 ? -1 : reader.int()
        const ttlMs = type === OpCode.createTTL ? reader.long() : 0
        return { type, path, data, acl, ephemeral, parentCVersion, ttlMs }
      }
      case OpCode.setACL:
        return { type, path: reader.ustring() ?? '', acl: this.aclList(reader), version: reader.int() }
      case OpCode.delete:
      case OpCode.deleteContainer:
        return { type, path: reader.ustring() ?? '' }
      case OpCode.setData:
      case OpCode.reconfig:
        return { type, path: reader.ustring() ?? '', data: reader.buffer(), version: reader.int() }
      case OpCode.check:
        return { type, path: reader.ustring() ?? '', version: reader.int() }
      case OpCode.createSession:
        return { type, timeoutMs: reader.int() }
      case OpCode.closeSession:
        return { type, paths: readClosedPaths(reader) }
      case OpCode.error:
        return { type, code: reader.int() }
      case OpCode.multi:
        return { type, txns: this.parts(reader) }
      default:
        throw new UnknownTxnType(type)
    }
  }

  private parts(reader: JuteReader): SubTxn[] {
    const count = reader.vectorLength()
    const txns: SubTxn[] = []
    for (let i = 0; i < count; i++) {
      const type = reader.int()
      const body = reader.buffer() ?? new Uint8Array(0)
      const txn = this.body(new JuteReader(body), type)
      if (txn.type === OpCode.multi || txn.type === OpCode.createSession || txn.type === OpCode.closeSession) {
        throw new UnknownTxnType(type)
      }
      txns.push(txn)
    }
    return txns
  }

  private aclList(reader: JuteReader): records.ACL[] | null {
    const { bytes, position: start } = reader
    if (this.acl !== null && reader.remaining >= this.aclBytes.length && sameBytes(this.aclBytes, bytes, start)) {
      reader.position += this.aclBytes.length
      return this.acl
    }
    const count = reader.vectorLength()
    if (count === -1) return null
    const acl: records.ACL[] = []
    for (let i = 0; i < count; i++) acl.push(records.ACL.read(reader))
    this.acl = acl
    this.aclBytes = bytes.slice(start, reader.position)
    return acl
  }
}

/** Version and value. */
const DIGEST_BYTES = 12

function sameBytes(expected: Uint8Array, bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < expected.length; i++) if (bytes[start + i] !== expected[i]) return false
  return true
}

/**
 * Before 3.6, and with closeSessionTxn.enabled off, a closeSession has no record at all, though a digest
 * may follow. Nothing says which it is. A list in the twelve bytes of a digest holds one path at most, so
 * that one cannot begin with the digest's version, 2; whatever else is no list is taken for none, as in Apache.
 */
function readClosedPaths(reader: JuteReader): string[] | null {
  if (reader.remaining === 0) return null
  const start = reader.position
  try {
    if (reader.remaining !== DIGEST_BYTES || reader.int() !== DIGEST_VERSION) {
      reader.position = start
      return records.CloseSessionTxn.read(reader).paths2Delete
    }
  } catch (error) {
    if (!(error instanceof MarshallingError)) throw error
  }
  reader.position = start
  return null
}
