import type { Zxid } from '../../zxid.js'
import { follows } from '../history.js'

export interface CommittedRecord {
  readonly zxid: Zxid
  readonly bytes: Uint8Array
}

/**
 * The last transactions that were committed, without a gap: what a learner that was away for a moment is brought up
 * to date with (commitLogCount).
 */
export class CommittedWindow {
  private records: CommittedRecord[] = []
  private first = 0
  private bytes = 0

  constructor(
    private readonly countMax: number,
    private readonly bytesMax = Number.POSITIVE_INFINITY,
  ) {}

  get length(): number {
    return this.records.length - this.first
  }

  push(record: CommittedRecord): void {
    const last = this.records[this.records.length - 1]
    // A hole would be served to others as history (ZOOKEEPER-2418, 4925).
    if (last !== undefined && !follows(last.zxid, record.zxid)) this.clear()
    this.records.push(record)
    this.bytes += record.bytes.length
    while (this.length > this.countMax || (this.bytes > this.bytesMax && this.length > 1)) {
      this.bytes -= this.records[this.first++].bytes.length
    }
    if (this.first > this.countMax) {
      this.records = this.records.slice(this.first)
      this.first = 0
    }
  }

  clear(): void {
    this.records = []
    this.first = 0
    this.bytes = 0
  }

  /** What comes after a zxid that is in it; undefined for any other, be it the one directly before its beginning. */
  after(zxid: Zxid): readonly CommittedRecord[] | undefined {
    const { records } = this
    for (let i = this.first; i < records.length; i++) if (records[i].zxid === zxid) return records.slice(i + 1)
    return undefined
  }
}
