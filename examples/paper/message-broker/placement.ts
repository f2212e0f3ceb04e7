/** Which broker takes part in which topic: each decides for itself, by the same rules, without any input or output. */
import { createHash } from 'node:crypto'

/** A topic as a broker sees it. */
export interface TopicView {
  readonly name: string
  /** Who has every acknowledged message; nobody before the first primary. */
  readonly replicas: readonly string[]
  readonly primary: string | undefined
  readonly backup: string | undefined
}

export interface DomainView {
  /** Brokers that live. */
  readonly alive: readonly string[]
  readonly disabled: readonly string[]
  readonly migrationProhibited: boolean
}

/** `lead` and `follow`: become primary or backup. `resign` and `leave`: cease to be it. */
export type Decision = 'lead' | 'follow' | 'resign' | 'leave' | 'stay'

/** Brokers in the order in which they are to take a topic: another one for each topic, the same in everybody's eyes. */
export function ranking(topic: string, brokers: readonly string[]): string[] {
  const weight = (broker: string) => createHash('sha256').update(`${topic} ${broker}`).digest('hex')
  return [...brokers].sort((a, b) => (weight(a) < weight(b) ? -1 : 1))
}

/** What this broker is to do about a topic now. */
export function decide(me: string, topic: TopicView, domain: DomainView): Decision {
  const { name, replicas, primary, backup } = topic
  const { alive, disabled, migrationProhibited } = domain
  const enabled = ranking(
    name,
    alive.filter(broker => !disabled.includes(broker)),
  )
  const rank = (broker: string) => (enabled.includes(broker) ? enabled.indexOf(broker) : enabled.length)
  const mayMove = disabled.includes(me) || !migrationProhibited

  if (primary === undefined) {
    // Where the messages are, even on a disabled broker; anywhere before there are any.
    const heirs =
      replicas.length === 0
        ? enabled
        : ranking(
            name,
            replicas.filter(broker => alive.includes(broker)),
          )
    const [heir] = heirs.sort((a, b) => rank(a) - rank(b))
    return heir === me ? 'lead' : 'stay'
  }
  if (primary === me) {
    // The backup takes over, so it needs to have everything.
    const ready = backup !== undefined && replicas.includes(backup)
    return ready && rank(backup) < rank(me) && mayMove ? 'resign' : 'stay'
  }
  const best = enabled.find(broker => broker !== primary)
  if (backup === undefined) return best === me ? 'follow' : 'stay'
  return backup === me && best !== undefined && best !== me && mayMove ? 'leave' : 'stay'
}
