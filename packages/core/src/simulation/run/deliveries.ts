import type { CommittedTransaction, Role } from '../../events/index.js'
import { OpCode } from '../../jute/codes.js'
import { decodeUtf8 } from '../../jute/utf8.js'
import { JuteWriter } from '../../jute/writer.js'
import { firstAtLeast } from '../../memory/first-at-least.js'
import type { LogRecord } from '../../seams/log-storage.js'
import { joinHalves } from '../../tree/ephemeral-owner.js'
import { type Txn, type TxnHeader, TxnReader, writeTxn } from '../../tree/txn.js'
import { parseConfig, type QuorumVerifier } from '../../zab/quorum/index.js'
import { type Zxid, zxidHex } from '../../zxid.js'
import type { HistoryRecorder, Violation } from '../history/index.js'
import { type CommitQuorums, hashBytes, ZabInvariants } from '../probes/index.js'
import { Archive } from './archive.js'
import type { SimulatedServer } from './simulated-server.js'

interface Entry {
  readonly header: TxnHeader
  readonly txn: Txn
}

/**
 * Follows what servers deliver: tells Zab's invariants, and writes the one order of all transactions into the
 * history.
 *
 * What a learner applies while it is brought in step does not count until it serves: its leader may turn out to have
 * no quorum. And what a leader brings along when its term begins counts as committed then, also what nobody has
 * announced because its servers had it in their logs when they started, or were sent it in the snapshot of a leader that
 * never came to serve.
 */
export class Deliveries {
  readonly violations: Violation[]
  private readonly invariants = new ZabInvariants({ proposalsAnnounced: false })
  private readonly writer = new JuteWriter(1024)
  private readonly reader = new TxnReader()
  /** Of servers that do not serve yet. */
  private readonly tentative = new Map<number, Entry[]>()
  /** Of an ensemble: to be told of every record that is appended. */
  readonly archive = new Archive()

  constructor(
    private readonly recorder: HistoryRecorder,
    private readonly alone: boolean,
    /** Null for a server that is alone. */
    private readonly quorums: CommitQuorums | null = null,
  ) {
    this.violations = this.invariants.violations
  }

  get last(): Zxid {
    return this.invariants.last
  }

  delivered({ id }: SimulatedServer, { header, txn }: CommittedTransaction): void {
    const waiting = this.tentative.get(id)
    if (waiting === undefined) this.commit(id, { header, txn })
    else waiting.push({ header, txn })
  }

  /** A process is about to load its disk. Without an ensemble what the log holds is committed. */
  starting({ id, disk }: SimulatedServer): void {
    if (!this.alone) {
      this.beginsAnew(id)
      return
    }
    const last = disk.records.at(-1)?.zxid ?? 0
    if (last < this.last) {
      this.violations.push({
        property: 'no acknowledged write is lost',
        message: `server ${id} starts with a log that ends at 0x${zxidHex(last)}; it had delivered 0x${zxidHex(this.last)}`,
      })
      return
    }
    this.readLog(id, disk.records, last)
  }

  changedRole(server: SimulatedServer, role: Role): void {
    const { id, disk } = server
    if (role === 'looking') this.beginsAnew(id)
    if (role !== 'leading' && role !== 'following' && role !== 'observing') return
    const waiting = this.tentative.get(id) ?? []
    this.tentative.delete(id)
    if (role === 'leading') {
      const last = server.server!.lastZxid
      const { current } = disk.epochs
      const records = [...disk.records, ...disk.unsynced]
      // Without an epoch on its disk, which no server does that is in its senses, its log has to say it all.
      if (current === -1) this.readLog(id, records, last)
      else {
        this.invariants.established(id, current, last)
        this.archive.begins(current, last)
        this.begunWith(id, records, last)
      }
      this.invariants.restarted(id, last)
    } else {
      for (const entry of waiting) this.commit(id, entry)
    }
  }

  private beginsAnew(id: number): void {
    this.tentative.set(id, [])
    this.invariants.restarted(id, 0)
  }

  /** Everything in a log that has not been announced, up to `last`. */
  private readLog(id: number, records: readonly LogRecord[], last: Zxid): void {
    for (let i = firstAtLeast(records, this.last + 1); i < records.length && records[i].zxid <= last; i++)
      this.commitRecord(id, records[i].bytes)
  }

  /** Everything that a leader's term begins with which has not been announced: in its log, or in a snapshot only. */
  private begunWith(id: number, records: readonly LogRecord[], last: Zxid): void {
    const known = this.last
    const { zxids, before } = this.archive.history(known, last)
    if (zxids.length === 0) return
    if (before !== known)
      this.fail(id, `goes on from 0x${zxidHex(before)} without 0x${zxidHex(known)}, which was delivered before`)
    for (const zxid of zxids) {
      const own = records[firstAtLeast(records, zxid)]
      const bytes = own?.zxid === zxid ? own.bytes : this.archive.record(zxid)
      if (bytes === undefined) this.fail(id, `begins with 0x${zxidHex(zxid)}, which was never in a log`)
      else this.commitRecord(id, bytes)
    }
  }

  private commitRecord(id: number, bytes: Uint8Array): void {
    const { header, txn } = this.reader.read(bytes)
    this.commit(id, { header, txn })
  }

  private fail(id: number, what: string): void {
    this.violations.push({ property: 'a leader begins with all that is committed', message: `server ${id} ${what}` })
  }

  private commit(id: number, { header, txn }: Entry): void {
    const { writer, invariants } = this
    const isNew = header.zxid > invariants.last
    writer.clear()
    writeTxn(writer, header, txn, null)
    invariants.delivered(id, { zxid: header.zxid, hash: hashBytes(writer.bytes, writer.position) })
    if (!isNew) return
    this.quorums?.committed(header.zxid, configurationOf(txn))
    const session = joinHalves(header.clientHigh, header.clientLow)
    this.recorder.commit({ zxid: header.zxid, session, cxid: header.cxid, txn })
  }
}

/** What a reconfiguration makes of the ensemble; undefined for other transactions. */
function configurationOf(txn: Txn): QuorumVerifier | undefined {
  if (txn.type !== OpCode.reconfig || txn.data === null) return undefined
  const parsed = parseConfig(decodeUtf8(txn.data, 0, txn.data.length))
  return parsed.problem === undefined ? parsed.value : undefined
}
