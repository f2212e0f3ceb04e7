import { MarshallingError } from '../../jute/reader.js'
import { readInt } from './packet-extent.js'
import { SNAPSHOT_SIGNATURE_TEXT } from './snapshot-signature.js'

const INT_BYTES = 4
/** Id and timeout. */
const SESSION_BYTES = 12
const ACL_INDEX_BYTES = 8
const PERMS_BYTES = 4
/** The index of the ACL, then a StatPersisted: all of a znode behind its data. */
const ACL_AND_STAT_BYTES = 68
/** The path behind which no znode follows. */
const LAST_PATH = 0x2f
/** What the leader writes behind the tree (LearnerHandler.java). */
const SIGNATURE = SNAPSHOT_SIGNATURE_TEXT

/** Which number or text comes next. */
type State =
  | 'sessions'
  | 'acls'
  | 'ids'
  | 'scheme'
  | 'id'
  | 'path'
  | 'lastPath'
  | 'data'
  | 'signature'
  | 'text'
  | 'done'

/**
 * Walks over a snapshot as a leader streams it to a learner, to know where it ends: the sessions, the ACLs, the znodes
 * up to the path "/", and the string "BenWasHere". It keeps nothing but a few numbers, so neither the size of
 * the snapshot nor a false length in it costs memory.
 */
export class SnapshotStreamScanner {
  private state: State = 'sessions'
  /** Bytes to pass over before the next number. May exceed what fits into 32 bits. */
  private skip = 0
  /** A number under way: its bytes that have come, and their value so far. */
  private intBytes = 0
  private int = 0
  private aclsLeft = 0
  private idsLeft = 0
  private signatureAt = 0

  /**
   * @param lengthMax The most that a path, a znode's data, or a part of an ACL may have.
   * @param signed False for a snapshot as storages keep it, which ends with the path "/".
   */
  constructor(
    private readonly lengthMax: number,
    private readonly signed = true,
  ) {}

  /** The snapshot has ended. */
  get done(): boolean {
    return this.state === 'done'
  }

  /**
   * Goes on over `bytes` from `at`. Returns where the snapshot ends, or the length of the array if it goes on.
   * @throws MarshallingError a length makes no sense, or the end is not signed
   */
  push(bytes: Uint8Array, at: number): number {
    const end = bytes.length
    while (at < end && this.state !== 'done') {
      if (this.skip > 0) {
        const count = Math.min(this.skip, end - at)
        this.skip -= count
        at += count
      } else if (this.state === 'lastPath') {
        this.foundShortPath(bytes[at++])
      } else if (this.state === 'text') {
        this.checkSignature(bytes[at++])
      } else if (this.intBytes === 0 && end - at >= INT_BYTES) {
        this.next(readInt(bytes, at))
        at += INT_BYTES
      } else {
        this.int = (this.int << 8) | bytes[at++]
        if (++this.intBytes < INT_BYTES) continue
        this.intBytes = 0
        this.next(this.int)
      }
    }
    return at
  }

  /** Takes a length or count and goes to what follows it. */
  private next(value: number): void {
    switch (this.state) {
      case 'sessions':
        this.skip = this.count(value, 'sessions') * SESSION_BYTES
        this.state = 'acls'
        return
      case 'acls':
        this.aclsLeft = this.count(value, 'ACLs')
        this.nextAcl()
        return
      case 'ids':
        this.idsLeft = this.count(value, 'entries of an ACL')
        this.nextId()
        return
      case 'scheme':
        this.skip = this.length(value, 'scheme')
        this.state = 'id'
        return
      case 'id':
        this.skip = this.length(value, 'id')
        this.nextId()
        return
      case 'path':
        if (value === 1) this.state = 'lastPath'
        else {
          this.skip = this.length(this.count(value, 'bytes of a path'), 'path')
          this.state = 'data'
        }
        return
      case 'data':
        this.skip = this.length(value, 'data') + ACL_AND_STAT_BYTES
        this.state = 'path'
        return
      default:
        if (value !== SIGNATURE.length) throw notSigned(`a string of ${value} bytes`)
        this.state = 'text'
    }
  }

  private nextAcl(): void {
    if (this.aclsLeft === 0) {
      this.state = 'path'
      return
    }
    this.aclsLeft--
    this.skip += ACL_INDEX_BYTES
    this.state = 'ids'
  }

  private nextId(): void {
    if (this.idsLeft === 0) {
      this.nextAcl()
      return
    }
    this.idsLeft--
    this.skip += PERMS_BYTES
    this.state = 'scheme'
  }

  /** A path of one byte: the end, if it is "/". */
  private foundShortPath(byte: number): void {
    this.state = byte !== LAST_PATH ? 'data' : this.signed ? 'signature' : 'done'
  }

  private checkSignature(byte: number): void {
    if (byte !== SIGNATURE.charCodeAt(this.signatureAt)) {
      throw notSigned(`a string whose byte ${this.signatureAt} is ${byte}`)
    }
    if (++this.signatureAt === SIGNATURE.length) this.state = 'done'
  }

  private count(value: number, of: string): number {
    if (value < 0) throw new MarshallingError(`a snapshot with a number of ${of} of ${value}`)
    return value
  }

  private length(value: number, of: string): number {
    if (value < -1 || value > this.lengthMax) {
      throw new MarshallingError(
        `a snapshot with an unreasonable length of ${of}: ${value}, outside -1 to ${this.lengthMax}`,
      )
    }
    return Math.max(value, 0)
  }
}

function notSigned(found: string): MarshallingError {
  return new MarshallingError(`a snapshot that ends with ${found} instead of "${SIGNATURE}"`)
}
