/** A broker's copies of topics: what primaries send it to keep, and the logs that its own primaries write. */
import { join } from 'node:path'
import { TopicLog } from './topic-log.js'
import type { Message } from './wire.js'

export interface Kept {
  readonly length: number
  readonly stored: Promise<void>
}

export class Store implements AsyncDisposable {
  readonly #folder: string
  readonly #logs = new Map<string, Promise<TopicLog>>()
  /** The newest epoch whose primary has been obeyed, or is here. An older one is not obeyed any more. */
  readonly #epochs = new Map<string, number>()

  constructor(folder: string) {
    this.#folder = folder
  }

  log(topic: string): Promise<TopicLog> {
    const log = this.#logs.get(topic) ?? TopicLog.open(join(this.#folder, `${topic}.jsonl`))
    this.#logs.set(topic, log)
    return log
  }

  async messages(): Promise<number> {
    const logs = await Promise.all(this.#logs.values())
    return logs.reduce((sum, { length }) => sum + length, 0)
  }

  /** From now on nothing of older epochs is stored. */
  begin(topic: string, epoch: number): void {
    this.#epochs.set(topic, epoch)
  }

  /**
   * What a primary has sent, in the order of the calls.
   * @returns how many messages there are then, and when they would survive a power cut; undefined if it is not to be obeyed
   */
  async keep(message: Extract<Message, { type: 'copy' | 'append' }>): Promise<Kept | undefined> {
    const { topic, epoch } = message
    const log = await this.log(topic)
    const obeyed = this.#epochs.get(topic) ?? 0
    if (message.type === 'copy') {
      if (epoch < obeyed) return undefined
      this.begin(topic, epoch)
      return { stored: log.replace(message.entries), length: log.length }
    }
    if (epoch !== obeyed || message.position !== log.length) return undefined
    return { stored: log.append(message.entry), length: log.length }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const log of this.#logs.values()) await (await log).close()
  }
}
