import type { LogRecord } from '../../seams/log-storage.js'
import { type Zxid, zxidCounter, zxidEpoch } from '../../zxid.js'

/**
 * Every record that any log was ever given, and where each epoch began: which history a zxid stands for, also where no
 * log holds all of it any more because its holders were sent snapshots.
 */
export class Archive {
  private readonly records = new Map<Zxid, Uint8Array>()
  /** By epoch, the last zxid of the history that its leader went on from. */
  private readonly beginnings = new Map<number, Zxid>()

  /** A log was given a record. */
  add({ zxid, bytes }: LogRecord): void {
    this.records.set(zxid, bytes)
  }

  /** The leader of an epoch goes on from this zxid. */
  begins(epoch: number, last: Zxid): void {
    this.beginnings.set(epoch, last)
  }

  /** The record of a transaction; undefined: no log was ever given it. */
  record(zxid: Zxid): Uint8Array | undefined {
    return this.records.get(zxid)
  }

  /**
   * The history that ends with `last`, oldest first, as far as it lies behind `known`. Zxids have no gaps within an
   * epoch, and before its first one comes the history of its leader.
   *
   * @returns also the transaction before these: `known`, unless the history goes past it
   */
  history(known: Zxid, last: Zxid): { readonly zxids: readonly Zxid[]; readonly before: Zxid } {
    const zxids: Zxid[] = []
    let zxid = last
    for (; zxid > known; zxid = this.before(zxid)) zxids.push(zxid)
    return { zxids: zxids.reverse(), before: zxid }
  }

  private before(zxid: Zxid): Zxid {
    return zxidCounter(zxid) > 1 ? zxid - 1 : (this.beginnings.get(zxidEpoch(zxid)) ?? 0)
  }
}
