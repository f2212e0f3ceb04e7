import type { Zxid } from '../../zxid.js'

interface Waiting {
  /** Everything up to here has to be applied. */
  readonly zxid: Zxid
  /** The round of pings that has to be answered by a quorum. */
  readonly round: number
  readonly released: () => void
}

/**
 * Syncs that wait at a leader. Each is released when what was proposed before it is committed, and a quorum has
 * answered a ping that was sent after it arrived: then nobody else can have led when it was asked, and a read that
 * follows is linearizable. Apache's leader releases it without asking, and one that is cut off answers with what is
 * stale.
 *
 * Released in the order of arrival: a learner matches them with its requests by that.
 */
export class Confirmations {
  private waiting: Waiting[] = []
  private confirmedRound = 0
  private askedRound = 0
  private nextRoundWanted = false

  get length(): number {
    return this.waiting.length
  }

  /** Takes a sync; true when a new round of pings is needed for it. */
  add(zxid: Zxid, released: () => void): boolean {
    this.waiting.push({ zxid, round: this.askedRound + 1, released })
    const needed = !this.nextRoundWanted
    this.nextRoundWanted = true
    return needed
  }

  /** A round of pings goes out now; gives its number. */
  ask(): number {
    this.nextRoundWanted = false
    return ++this.askedRound
  }

  /** A quorum has answered this round, and so every one before it. */
  confirmed(round: number): void {
    if (round > this.confirmedRound) this.confirmedRound = round
  }

  /** Releases what may go on, with everything up to `committed` applied. */
  release(committed: Zxid): void {
    const { waiting } = this
    let count = 0
    while (count < waiting.length && waiting[count].zxid <= committed && waiting[count].round <= this.confirmedRound)
      count++
    for (const { released } of waiting.splice(0, count)) released()
  }
}
