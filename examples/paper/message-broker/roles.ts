/** What a broker is for each topic: taken and given up in ZooKeeper, and lived up to here. */
import { type Client, CreateMode, MultiError, NodeExistsError, NoNodeError } from '@menagerie/client'
import { type Place, paths, places, replicas } from './layout.js'
import { type DomainView, decide } from './placement.js'
import { Primary } from './primary.js'
import type { Store } from './store.js'
import type { Held, Topic } from './topics.js'
import type { Connection } from './wire.js'

const EPHEMERAL = { mode: CreateMode.EPHEMERAL }

export class Roles {
  readonly #client: Client
  readonly #me: string
  readonly #store: Store
  readonly #primaries = new Map<string, Primary>()

  constructor(client: Client, me: string, store: Store) {
    this.#client = client
    this.#me = me
    this.#store = store
  }

  /** The topic's primary, if it is here. */
  primary(topic: string): Primary | undefined {
    return this.#primaries.get(topic)
  }

  /** Somebody leads a topic in this epoch: whoever leads it here in an older one does not any more. */
  depose(topic: string, epoch: number): void {
    const primary = this.#primaries.get(topic)
    if (primary !== undefined && primary.epoch < epoch) this.#end(topic, primary)
  }

  /** Lives up to what the znodes say by now, then does what is to be changed about them. */
  async step(topics: readonly Topic[], domain: DomainView, place: Place): Promise<void> {
    for (const topic of topics) await this.#live(topic)
    for (const topic of topics) {
      const view = {
        name: topic.name,
        replicas: topic.replicas.brokers,
        primary: topic.primary?.broker,
        backup: topic.backup?.broker,
      }
      await this.#change(decide(this.#me, view, domain), topic, place).catch(error => {
        // Somebody was faster, or what is known here is old: the znodes that have changed will tell.
        if (!(error instanceof MultiError || error instanceof NodeExistsError || error instanceof NoNodeError))
          throw error
      })
    }
  }

  /** Of which topics this broker is primary and backup. */
  held(topics: readonly Topic[]): { primaryOf: string[]; backupOf: string[] } {
    const names = (kind: 'primary' | 'backup') =>
      topics.filter(topic => this.#owns(topic[kind])).map(({ name }) => name)
    return { primaryOf: names('primary'), backupOf: names('backup') }
  }

  forget(connection: Connection): void {
    for (const primary of this.#primaries.values()) primary.forget(connection)
  }

  close(): void {
    for (const [topic, primary] of this.#primaries) this.#end(topic, primary)
  }

  /** A znode of an earlier life of this broker goes with that life's session. */
  #owns(held: Held | undefined): held is Held {
    return held?.owner === this.#client.session.id
  }

  async #live({ name, primary, backup }: Topic): Promise<void> {
    const present = this.#primaries.get(name)
    if (!this.#owns(primary)) {
      if (present !== undefined) this.#end(name, present)
      return
    }
    const log = await this.#store.log(name)
    const epoch = primary.epoch!
    if (present?.epoch !== epoch) {
      present?.close()
      this.#store.begin(name, epoch)
      this.#primaries.set(name, new Primary(this.#client, this.#me, name, epoch, log))
      console.log(`${name}: primary with ${log.length} messages (epoch ${epoch})`)
    }
    const other = backup?.broker === this.#me ? undefined : backup
    this.#primaries.get(name)!.follow(other, other?.czxid ?? 0)
  }

  async #change(decision: ReturnType<typeof decide>, topic: Topic, place: Place): Promise<void> {
    const client = this.#client
    const { name } = topic
    switch (decision) {
      case 'lead': {
        // With a higher epoch in the same znode, the primary before cannot change the list of replicas any more.
        const epoch = topic.replicas.epoch + 1
        const brokers = topic.replicas.brokers.length === 0 ? [this.#me] : topic.replicas.brokers
        const multi = client.multi().setData(paths.topic(name), replicas.encode({ epoch, brokers }), topic.version)
        multi.create(paths.primary(name), places.encode({ ...place, epoch }), EPHEMERAL)
        if (this.#owns(topic.backup)) multi.delete(paths.backup(name))
        await multi.commit()
        break
      }
      case 'follow':
        await client.create(paths.backup(name), places.encode(place), EPHEMERAL)
        console.log(`${name}: backup`)
        break
      case 'resign':
        if (!this.#owns(topic.primary)) return
        // Only while the backup is still on the list of replicas.
        await client.multi().check(paths.topic(name), topic.version).delete(paths.primary(name)).commit()
        console.log(`${name}: makes way for ${topic.backup?.broker}`)
        break
      case 'leave':
        if (!this.#owns(topic.backup)) return
        console.log(`${name}: backup no more`)
        await client.delete(paths.backup(name))
    }
  }

  #end(topic: string, primary: Primary): void {
    primary.close()
    this.#primaries.delete(topic)
    console.log(`${topic}: primary no more`)
  }
}
