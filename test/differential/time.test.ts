/** What happens by itself as time passes: sessions expire, empty containers and old TTL znodes go. On both servers. */
import { type Client, connect } from '@menagerie/client'
import { AddWatchMode, CreateMode, EventType, OpCode } from '@menagerie/core/jute'
import t from 'tap'
import { startApache } from '../support/apache.js'
import { RawConnection } from '../support/raw-connection.js'
import { concat, connectRequest, createBody, header } from '../support/requests.js'
import type { ServerUnderTest } from '../support/server-under-test.js'
import { startTarget } from '../support/target.js'
import { apacheTools } from '../support/tools.js'

t.setTimeout(300_000)

const CONFIG = { tickTime: 200, extendedTypesEnabled: true, 'znode.container.checkIntervalMs': 300 }
const ROOT = '/t'
const EVENT_NAMES = new Map<number, string>(Object.entries(EventType).map(([name, type]) => [type, name]))

/** A client that hears of everything below {@link ROOT}, and can wait for it. */
class Witness {
  readonly seen: string[] = []
  private wake: () => void = () => {}

  private constructor(readonly client: Client) {}

  static async at(server: ServerUnderTest): Promise<Witness> {
    const client = await connect(server.address, { sessionTimeoutMs: 20_000 })
    await client.create(ROOT, new Uint8Array())
    const witness = new Witness(client)
    const watch = await client.addWatch(ROOT, AddWatchMode.PersistentRecursive)
    watch.events$.subscribe(({ type, path }) => {
      witness.seen.push(`${EVENT_NAMES.get(type)} ${path}`)
      witness.wake()
    })
    return witness
  }

  /** Resolves when this many events have come since the last call, with them. */
  async next(count: number): Promise<string[]> {
    while (this.seen.length < count) {
      await new Promise<void>(resolve => {
        this.wake = resolve
      })
    }
    return this.seen.splice(0, count)
  }
}

/** A session that makes ephemerals and says nothing more; `timeout` is what the server has granted. */
async function silentSession(port: number, paths: readonly string[]) {
  const connection = await RawConnection.open(port)
  connection.writeFrame(connectRequest({ timeoutMs: 800 }))
  const answer = Buffer.from((await connection.next()) ?? [])
  for (const [i, path] of paths.entries()) {
    connection.writeFrame(concat(header(i + 1, OpCode.create), createBody(path, { flags: CreateMode.EPHEMERAL })))
    await connection.next()
  }
  return { connection, timeout: answer.readInt32BE(4), id: answer.readBigInt64BE(8), passwd: answer.subarray(20, 36) }
}

/** Everything that can be seen of the passing of time, in an order that does not depend on speed. */
async function story(server: ServerUnderTest): Promise<unknown[]> {
  const witness = await Witness.at(server)
  const { client } = witness
  const told: unknown[] = []
  const none = new Uint8Array()

  const { connection, timeout, id, passwd } = await silentSession(server.port, [`${ROOT}/e1`, `${ROOT}/e2`])
  told.push('granted', timeout, await witness.next(2))
  // Which of a session's ephemerals goes first is not said.
  told.push('expired', (await witness.next(2)).sort(), await connection.next())
  const returning = await RawConnection.open(server.port)
  returning.writeFrame(connectRequest({ sessionId: id, passwd: Uint8Array.from(passwd), timeoutMs: 800 }))
  const refusal = Buffer.from((await returning.next()) ?? [])
  told.push('back', refusal.readInt32BE(4), refusal.readBigInt64BE(8), await returning.next())

  await client.create(`${ROOT}/unused`, none, { mode: CreateMode.CONTAINER })
  await client.create(`${ROOT}/used`, none, { mode: CreateMode.CONTAINER })
  await client.create(`${ROOT}/used/x`, none)
  told.push('containers', await witness.next(3))
  await client.delete(`${ROOT}/used/x`)
  told.push(await witness.next(2), (await client.exists(`${ROOT}/unused`)) !== null)

  const ttl = { mode: CreateMode.PERSISTENT_WITH_TTL, ttlMs: 500 }
  await client.create(`${ROOT}/parent`, none, ttl)
  await client.create(`${ROOT}/parent/x`, none)
  await client.create(`${ROOT}/old`, none, ttl)
  told.push('ttl', await witness.next(3))
  told.push(await witness.next(1), (await client.exists(`${ROOT}/parent`)) !== null)
  await client.delete(`${ROOT}/parent/x`)
  told.push(await witness.next(2))
  told.push((await client.getChildren(ROOT)).sort(), witness.seen)
  await client.close()
  return told
}

t.test('as time passes the same happens on Apache and on Menagerie', { ...apacheTools() }, async t => {
  await using apache = await startApache({ config: CONFIG })
  await using menagerie = await startTarget({ config: CONFIG })
  const [wanted, found] = [await story(apache), await story(menagerie)]
  t.strictSame(found, wanted)
  t.strictSame(wanted.slice(0, 3), ['granted', 800, ['NodeCreated /t/e1', 'NodeCreated /t/e2']])
})
