import { OpCode } from '@menagerie/core/jute'
import { createBody, pathVersionBody, pathWatchBody, setDataBody } from '../../support/requests.js'
import { WireClient } from './wire-client.js'

/**
 * A well-behaved session that works all the while a test misuses the server. {@link stop} resolves with
 * the number of rounds and rejects if a single operation failed.
 */
export class Healthy {
  private stopping = false
  private rounds = 0
  private readonly running: Promise<void>

  private constructor(private readonly client: WireClient) {
    this.running = this.run()
    this.running.catch(() => {}) // met by stop
  }

  static async start(port: number): Promise<Healthy> {
    const client = await WireClient.open(port)
    await expect(client.call(OpCode.create, createBody('/healthy')))
    return new Healthy(client)
  }

  /** Resolves once `count` more rounds are done: the server still serves. */
  async more(count = 1): Promise<void> {
    const until = this.rounds + count
    while (this.rounds < until) await Promise.race([this.running, new Promise(resolve => setImmediate(resolve))])
  }

  async stop(): Promise<number> {
    this.stopping = true
    await this.running
    await this.client.close()
    return this.rounds
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      const path = `/healthy/${this.rounds}`
      const data = Buffer.from(`round ${this.rounds}`)
      const { client } = this
      await expect(client.call(OpCode.create, createBody(path)))
      await expect(client.call(OpCode.setData, setDataBody(path, data, 0)))
      const { body } = await expect(client.call(OpCode.getData, pathWatchBody(path, false)))
      if (!body.subarray(4, 4 + body.readInt32BE(0)).equals(data)) throw new Error(`${path} holds something else`)
      await expect(client.call(OpCode.delete, pathVersionBody(path, 1)))
      this.rounds++
    }
  }
}

async function expect<R extends { err: number }>(reply: Promise<R>): Promise<R> {
  const got = await reply
  if (got.err !== 0) throw new Error(`a healthy operation was answered ${got.err}`)
  return got
}
