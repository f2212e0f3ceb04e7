import { OpCode } from '@menagerie/core/jute'
import type { Actor } from './actor.js'
import { createBody, pathWatchBody, setDataBody } from './requests.js'
import type { ServerUnderTest } from './server-under-test.js'
import { childrenOf, quietActor } from './tree.js'

/** What one writer has asked for and what the server has said is done, over all rounds. */
interface Ledger {
  /** The value of the last setData that was acknowledged, and of the last that was sent. */
  acknowledged: number
  sent: number
  /** Names of sequential nodes whose creation was acknowledged. */
  created: Set<string>
}

const WRITERS = 4
const BURST = 400

/**
 * Kills the server with SIGKILL in the middle of pipelined writes, starts it again on its directory and
 * looks for every write that it had acknowledged; then the next round, on the same directory.
 *
 * @returns a sentence for each acknowledged write that is missing or wrong; empty is good.
 */
export async function killRounds(
  server: ServerUnderTest,
  rounds: number,
  random: () => number,
  tell: (line: string) => void = () => {},
): Promise<string[]> {
  const losses: string[] = []
  const ledgers: Ledger[] = Array.from({ length: WRITERS }, () => ({ acknowledged: 0, sent: 0, created: new Set() }))
  const founder = await quietActor('founder', server.port).connect()
  for (let i = 0; i < WRITERS; i++) await founder.create(`/writer${i}`, { data: '0' })
  await founder.close()
  for (let round = 1; round <= rounds && losses.length === 0; round++) {
    const writers = await Promise.all(ledgers.map((_, i) => quietActor(`w${i}`, server.port).connect()))
    const enough = Math.floor(random() * WRITERS * BURST)
    let replies = 0
    let killed: Promise<void> | undefined
    const onReply = () => {
      if (++replies >= enough) killed ??= server.kill9()
    }
    await Promise.all(writers.map((writer, i) => write(writer, i, ledgers[i], onReply)))
    // Fewer replies than wanted: everything was acknowledged before the kill, which is a round as well.
    await (killed ?? server.kill9())
    for (const writer of writers) writer.drop()
    await server.restart()
    for (const [i, ledger] of ledgers.entries()) losses.push(...(await check(server.port, i, ledger)))
    tell(`round ${round}: killed after ${replies} replies; values ${ledgers.map(one => one.acknowledged).join(' ')}`)
  }
  return losses
}

/** Sends a burst of writes and reads replies until all are there or the connection ends. */
async function write(writer: Actor, index: number, ledger: Ledger, onReply: () => void): Promise<void> {
  const values = new Map<number, number>()
  for (let i = 0; i < BURST; i++) {
    values.set(writer.send(OpCode.setData, setDataBody(`/writer${index}`, String(++ledger.sent), -1)), ledger.sent)
    writer.send(OpCode.create, createBody(`/writer${index}/n-`, { flags: 2, data: 'x' }))
  }
  for (let left = 2 * BURST; left > 0; left--) {
    const reply = await writer.connection.next()
    if (reply === null) return
    const buffer = Buffer.from(reply)
    const xid = buffer.readInt32BE(0)
    if (buffer.readInt32BE(12) !== 0) throw new Error(`a write was refused with ${buffer.readInt32BE(12)}`)
    const value = values.get(xid)
    if (value === undefined) ledger.created.add(buffer.toString('utf8', 20).split('/')[2])
    else ledger.acknowledged = value
    onReply()
  }
}

async function check(port: number, index: number, ledger: Ledger): Promise<string[]> {
  const reader = await quietActor('reader', port).connect()
  const path = `/writer${index}`
  const reply = Buffer.from((await reader.call(OpCode.getData, pathWatchBody(path, false))) ?? [])
  const names = new Set(await childrenOf(reader, path))
  await reader.close()
  if (reply.length <= 16) return [`${path} is gone`]
  const length = reply.readInt32BE(16)
  const value = Number(reply.toString('utf8', 20, 20 + length))
  const losses = [...ledger.created].filter(name => !names.has(name)).map(name => `${path}/${name} is gone`)
  if (value < ledger.acknowledged) losses.push(`${path} holds ${value}, acknowledged was ${ledger.acknowledged}`)
  if (value > ledger.sent) losses.push(`${path} holds ${value}, sent was ${ledger.sent}`)
  // What was sent and not acknowledged may be there or not; from here on it counts as what it turned out to be.
  ledger.acknowledged = value
  ledger.sent = value
  for (const name of names) ledger.created.add(name)
  return losses
}
