import { OpCode } from '@menagerie/core/jute'
import { createBody, pathWatchBody } from '../../support/requests.js'
import type { Reply, WireClient } from './wire-client.js'

/** Many requests in flight, each creating the next znode below `/w`, with its number as data. */
export class PipelinedWriter {
  /** How many creates were acknowledged; replies come in order, so these are the first ones. */
  acknowledged: number
  private sent: number
  /** Resolves once the connection is gone. */
  readonly ended: Promise<void>

  constructor(
    private readonly client: WireClient,
    from = 0,
    private readonly options: { readonly dataBytes?: number; readonly inFlight?: number } = {},
  ) {
    this.acknowledged = this.sent = from
    this.ended = client.closed
    for (let i = 0; i < (options.inFlight ?? 50); i++) this.send()
  }

  /** Resolves when at least `count` creates are acknowledged, or the connection is gone. */
  async until(count: number): Promise<void> {
    while (this.acknowledged < count && !this.client.socket.destroyed) await new Promise(setImmediate)
  }

  private send(): void {
    const number = this.sent++
    const data = Buffer.alloc(this.options.dataBytes ?? 8)
    data.write(String(number))
    this.client.call(OpCode.create, createBody(`/w/${number}`, { data })).then(
      ({ err }) => {
        if (err !== 0) throw new Error(`create ${number} was answered ${err}`)
        this.acknowledged++
        this.send()
      },
      () => {}, // the connection is gone
    )
  }
}

/** Creates `/w` for a {@link PipelinedWriter}. */
export async function prepareWriter(client: WireClient): Promise<void> {
  const { err } = await client.call(OpCode.create, createBody('/w'))
  if (err !== 0) throw new Error(`/w was answered ${err}`)
}

/**
 * How many of a writer's znodes are there.
 * @throws Error unless they are the first ones, without a gap, each with its data
 */
export async function countWritten(client: WireClient): Promise<number> {
  const { body } = await client.call(OpCode.getChildren, pathWatchBody('/w', false))
  const count = body.readInt32BE(0)
  const reads: Promise<Reply>[] = []
  for (let i = 0; i < count; i++) reads.push(client.call(OpCode.getData, pathWatchBody(`/w/${i}`, false)))
  for (const [i, read] of reads.entries()) {
    const reply = await read
    if (reply.err !== 0) throw new Error(`${count} are there, and ${i} is not`)
    const length = reply.body.readInt32BE(0)
    const text = reply.body.toString('utf8', 4, 4 + length).replaceAll('\0', '')
    if (text !== String(i)) throw new Error(`${i} holds ${text}`)
  }
  return count
}
