/** Elections as a person can read them: what goes in and what comes out, one line each. */
import { Election, type ElectionEffect, type ElectionOptions, NO_VOTE, type Notification } from '@menagerie/core/zab'
import { majorityOf } from '../quorum/ensembles.js'

/** `looking 2 at 5 of epoch 1, round 3`: a server that is looking votes for server 2. */
function say(text: string, more: Partial<Notification> = {}): Notification {
  const match = /^(looking|following|leading|observing) (nobody|\d+) at (-?\d+) of epoch (-?\d+), round (-?\d+)$/.exec(
    text,
  )
  if (match === null) throw new Error(`cannot read "${text}"`)
  const [, state, leader, zxid, peerEpoch, electionEpoch] = match
  const vote =
    leader === 'nobody'
      ? { leader: NO_VOTE, zxid: NO_VOTE, peerEpoch: NO_VOTE }
      : { leader: Number(leader), zxid: Number(zxid), peerEpoch: Number(peerEpoch) }
  return {
    state: state as Notification['state'],
    ...vote,
    electionEpoch: Number(electionEpoch),
    version: 2,
    config: undefined,
    ...more,
  }
}

/** Effects as lines, equal messages to several servers as one. */
export function show(effects: readonly ElectionEffect[]): string[] {
  const lines: string[] = []
  let last: { text: string; to: number[] } | undefined
  for (const effect of effects) {
    if (effect.type === 'send') {
      const text = showNotification(effect.notification)
      if (last?.text === text) {
        last.to.push(effect.to)
        lines.pop()
      } else last = { text, to: [effect.to] }
      lines.push(`to ${last.to.join(' ')}: ${text}`)
      continue
    }
    last = undefined
    if (effect.type === 'timer') lines.push(`timer ${effect.delayMs}`)
    else if (effect.type === 'cancelTimer') lines.push('no timer')
    else if (effect.type === 'warning') lines.push(`warning: ${effect.message}`)
    else if (effect.type === 'config') lines.push(`config ${effect.verifier.version.toString(16)}`)
    else lines.push(`elected ${effect.vote.leader}`)
  }
  return lines
}

function showNotification({ state, leader, zxid, peerEpoch, electionEpoch }: Notification): string {
  if (leader === NO_VOTE) return `${state} nobody, round ${electionEpoch}`
  return `${state} ${leader} at ${zxid} of epoch ${peerEpoch}, round ${electionEpoch}`
}

/** Server `self` among voters 1 to 3 and observer 4, unless told otherwise. */
export class Script {
  readonly election: Election

  constructor(self: number, options: Partial<ElectionOptions> = {}) {
    this.election = new Election({ verifier: majorityOf([1, 2, 3], [4]), ...options, self })
  }

  look(zxid: number, peerEpoch: number, departed?: number): string[] {
    return show(this.election.look({ zxid, peerEpoch }, departed))
  }

  hear(from: number, text: string, more: Partial<Notification> = {}): string[] {
    return show(this.election.receive(from, say(text, more)))
  }

  timeout(): string[] {
    return show(this.election.timeout())
  }
}
