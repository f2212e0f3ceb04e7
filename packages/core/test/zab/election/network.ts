/** An ensemble of elections over a network in virtual time, all of it from one seed. */
import {
  decodeNotification,
  Election,
  type ElectionEffect,
  encodeNotification,
  type QuorumVerifier,
} from '@menagerie/core/zab'
import { Seeded } from '../../seeded.js'

export interface NetworkOptions {
  readonly seed: number
  readonly verifier: QuorumVerifier
  /** One message in so many is lost; 0 for none. */
  readonly lossOneIn?: number
  readonly delayMaxMs?: number
}

export interface Last {
  readonly zxid: number
  readonly peerEpoch: number
}

interface Timer {
  readonly at: number
  readonly order: number
  readonly run: () => void
}

class Member {
  election: Election
  /** Bumped when it dies or its timer is replaced: what was scheduled before does not run. */
  timer = 0
  alive = false
  elections = 0

  constructor(
    readonly id: number,
    readonly last: Last,
    verifier: QuorumVerifier,
  ) {
    this.election = new Election({ self: id, verifier })
  }
}

export class Network {
  readonly members = new Map<number, Member>()
  readonly random: Seeded
  readonly log: string[] = []
  now = 0
  lossOneIn: number
  private queue: Timer[] = []
  private order = 0
  private readonly arrivals = new Map<string, number>()
  private readonly groups = new Map<number, number>()

  constructor(private readonly options: NetworkOptions) {
    this.random = new Seeded(options.seed)
    this.lossOneIn = options.lossOneIn ?? 0
  }

  add(id: number, last: Last): void {
    this.members.set(id, new Member(id, last, this.options.verifier))
  }

  /** Begins to look, as a new process if it was dead. */
  start(id: number): void {
    const member = this.members.get(id)!
    if (!member.alive) member.election = new Election({ self: id, verifier: this.options.verifier })
    member.alive = true
    const { state, vote } = member.election
    this.perform(member, member.election.look(member.last, state === 'looking' ? undefined : vote?.leader))
  }

  kill(id: number): void {
    const member = this.members.get(id)!
    member.alive = false
    member.timer++
  }

  /** Only servers of one group reach each other. Those not named are alone. */
  partition(...groups: number[][]): void {
    this.groups.clear()
    for (const id of this.members.keys()) this.groups.set(id, -id)
    for (const [index, ids] of groups.entries()) for (const id of ids) this.groups.set(id, index)
  }

  heal(): void {
    this.groups.clear()
  }

  at(delayMs: number, run: () => void): void {
    this.queue.push({ at: this.now + delayMs, order: this.order++, run })
  }

  /** Lets this much time pass. */
  run(ms: number): void {
    const until = this.now + ms
    for (;;) {
      let next: Timer | undefined
      for (const timer of this.queue) {
        if (timer.at > until) continue
        if (next === undefined || timer.at < next.at || (timer.at === next.at && timer.order < next.order)) next = timer
      }
      if (next === undefined) break
      const chosen = next
      this.queue = this.queue.filter(timer => timer !== chosen)
      this.now = chosen.at
      chosen.run()
    }
    this.now = until
  }

  private perform(member: Member, effects: readonly ElectionEffect[]): void {
    for (const effect of effects) {
      if (effect.type === 'send') this.send(member.id, effect.to, encodeNotification(effect.notification))
      else if (effect.type === 'timer') {
        const armed = ++member.timer
        this.at(effect.delayMs, () => {
          if (member.timer === armed) this.perform(member, member.election.timeout())
        })
      } else if (effect.type === 'cancelTimer') member.timer++
      else if (effect.type === 'elected') member.elections++
    }
  }

  private send(from: number, to: number, bytes: Uint8Array): void {
    if (this.lossOneIn > 0 && this.random.chance(this.lossOneIn)) return
    // The election plane keeps the order between two servers: its newest message is the last to arrive.
    const link = `${from} ${to}`
    const soonest = this.now + 1 + this.random.below(this.options.delayMaxMs ?? 5)
    const arrival = Math.max(soonest, this.arrivals.get(link) ?? 0)
    this.arrivals.set(link, arrival)
    this.at(arrival - this.now, () => {
      const member = this.members.get(to)
      if (member === undefined || !member.alive || this.groups.get(from) !== this.groups.get(to)) return
      this.perform(member, member.election.receive(from, decodeNotification(bytes)))
    })
  }
}
