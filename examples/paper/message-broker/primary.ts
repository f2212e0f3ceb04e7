/**
 * A topic on its primary: takes messages, has them copied by the backup, acknowledges what both hold, and sends subscribers
 * what is acknowledged.
 *
 * Invariant: every acknowledged message is held by all brokers that the topic's znode names as replicas, and they are two when it
 * is acknowledged. So whoever is copied to anew is taken off the list first, and comes back to it with everything.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Client } from '@menagerie/client'
import { type Place, paths, replicas } from './layout.js'
import type { TopicLog } from './topic-log.js'
import { type Connection, dial, type Entry } from './wire.js'

/** Before a backup that could not be reached, or broke off, is tried again. */
const RETRY_MS = 200

interface Subscriber {
  readonly connection: Connection
  next: number
}

export class Primary {
  readonly #client: Client
  readonly #me: string
  readonly #topic: string
  readonly #epoch: number
  readonly #log: TopicLog
  /** How many messages this broker holds for good. */
  #stored = 0
  /** How many the backup holds for good. 0 while there is none, or it is not on the list of replicas. */
  #copied = 0
  /** How many messages may be relied on: they are on two machines. Unknown to a new primary until it has a backup. */
  #committed = 0
  /** Who waits for the acknowledgement of a message, by its position. */
  readonly #waiting = new Map<number, Connection>()
  readonly #subscribers = new Set<Subscriber>()
  #forward: (entry: Entry, position: number) => void = () => {}
  #backup: { readonly czxid: number; readonly stop: AbortController } | undefined

  constructor(client: Client, me: string, topic: string, epoch: number, log: TopicLog) {
    this.#client = client
    this.#me = me
    this.#topic = topic
    this.#epoch = epoch
    this.#log = log
    this.#stored = log.length
  }

  get epoch(): number {
    return this.#epoch
  }

  /** Takes a message, one that it has already included: its producer has not had the acknowledgement. */
  async publish(entry: Entry, connection: Connection): Promise<void> {
    const known = this.#log.positionOf(entry.id)
    const position = known ?? this.#log.length
    this.#waiting.set(position, connection)
    if (known === undefined) {
      const stored = this.#log.append(entry)
      this.#forward(entry, position)
      await stored
      this.#stored = Math.max(this.#stored, position + 1)
    }
    this.#advance()
  }

  subscribe(from: number, connection: Connection): void {
    this.#subscribers.add({ connection, next: from })
    this.#tell()
  }

  /** Forgets a connection that is closed. */
  forget(connection: Connection): void {
    for (const [position, waiting] of this.#waiting) if (waiting === connection) this.#waiting.delete(position)
    for (const subscriber of this.#subscribers)
      if (subscriber.connection === connection) this.#subscribers.delete(subscriber)
  }

  /** @param backup as its znode says; undefined if there is none @param czxid of that znode */
  follow(backup: Place | undefined, czxid: number): void {
    if (this.#backup?.czxid === czxid) return
    this.#backup?.stop.abort()
    this.#backup = undefined
    this.#copied = 0
    if (backup === undefined) return
    const stop = new AbortController()
    this.#backup = { czxid, stop }
    void this.#keepCopied(backup, stop.signal)
  }

  /** Ceases to be primary. Who is connected has to look for the next one. */
  close(): void {
    this.follow(undefined, 0)
    for (const { connection } of this.#subscribers) connection.close()
    for (const connection of this.#waiting.values()) connection.close()
    this.#subscribers.clear()
    this.#waiting.clear()
  }

  async #keepCopied(backup: Place, signal: AbortSignal): Promise<void> {
    let told = false
    while (!signal.aborted) {
      try {
        await this.#copyTo(backup, signal)
        told = false
      } catch (error) {
        const reason = `${this.#topic}: not copied to ${backup.broker}: ${(error as Error).message}`
        if (!signal.aborted && !told) console.log(reason)
        told = true
      }
      await delay(RETRY_MS, undefined, { signal }).catch(() => {})
    }
  }

  /** Copies all there is and all that comes, until the connection breaks or the backup is another. */
  async #copyTo(backup: Place, signal: AbortSignal): Promise<void> {
    const topic = this.#topic
    const epoch = this.#epoch
    using connection = await dial(backup, signal)
    const close = () => connection.close()
    signal.addEventListener('abort', close)
    try {
      await this.#setReplicas([this.#me], signal)
      const enough = this.#log.length
      connection.send({ type: 'copy', topic, epoch, entries: [...this.#log.entries] })
      this.#forward = (entry, position) => connection.send({ type: 'append', topic, epoch, position, entry })
      let listed = false
      for await (const message of connection) {
        if (message.type !== 'stored' || message.length < enough) continue
        if (!listed) {
          await this.#setReplicas([this.#me, backup.broker], signal)
          console.log(`${topic}: ${backup.broker} has a copy of all ${message.length} messages`)
        }
        listed = true
        if (signal.aborted) return
        this.#copied = message.length
        this.#advance()
      }
    } finally {
      signal.removeEventListener('abort', close)
      // After an abort they are the next backup's.
      if (!signal.aborted) {
        this.#copied = 0
        this.#forward = () => {}
      }
    }
  }

  /** @throws an Error if this is not the primary of the present epoch any more: the server refuses the transaction */
  async #setReplicas(brokers: readonly string[], signal: AbortSignal): Promise<void> {
    const path = paths.topic(this.#topic)
    const { data, stat } = await this.#client.getData(path)
    const { epoch } = replicas.decode(data!)
    if (epoch !== this.#epoch) throw new Error(`another broker leads, in epoch ${epoch}`)
    // What is sent after this line is carried out after it: a list for the backup before never comes late.
    signal.throwIfAborted()
    const multi = this.#client.multi().check(paths.primary(this.#topic), -1)
    await multi.setData(path, replicas.encode({ epoch, brokers }), stat.version).commit()
    signal.throwIfAborted()
  }

  #advance(): void {
    this.#committed = Math.max(this.#committed, Math.min(this.#copied, this.#stored))
    this.#tell()
  }

  /** Tells producers and subscribers what is committed by now. */
  #tell(): void {
    for (const [position, connection] of this.#waiting) {
      if (position >= this.#committed) continue
      connection.send({ type: 'acknowledged', id: this.#log.entries[position].id })
      this.#waiting.delete(position)
    }
    for (const subscriber of this.#subscribers) {
      for (; subscriber.next < this.#committed; subscriber.next++) {
        const position = subscriber.next
        subscriber.connection.send({ type: 'message', position, entry: this.#log.entries[position] })
      }
    }
  }
}
