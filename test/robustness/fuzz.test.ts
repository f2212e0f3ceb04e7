import t from 'tap'
import { concat, connectRequest, header, int32 } from '../support/requests.js'
import { SeededRandom, VALID_BODIES } from './support/bytes.js'
import { Healthy } from './support/healthy.js'
import { ProcessServer } from './support/process-server.js'
import { WireClient } from './support/wire-client.js'

// The machine may have other work: this is no measure, only the end of patience.
t.setTimeout(300_000)

const SEED = Number(process.env.MENAGERIE_FUZZ_SEED ?? 20_261_123)
const MUTATIONS = 3000
const BATCH = 3
const GARBAGE = 300

t.test(`fuzz with seed ${SEED}`, async t => {
  const server = await ProcessServer.start({ settings: { extendedTypesEnabled: true } })
  t.teardown(() => server[Symbol.asyncDispose]())
  const healthy = await Healthy.start(server.port)
  const random = new SeededRandom(SEED)

  t.test(`${MUTATIONS} mutated requests do no harm to others`, async t => {
    const requests = [...VALID_BODIES.values()].map(([opcode, body]) => concat(header(1, opcode), body))
    let client = await WireClient.open(server.port)
    let closed = 0
    for (let done = 0; done < MUTATIONS; done += BATCH) {
      // Several in one write, as a pipelining client sends them; the ping tells that all were read.
      const frames: Uint8Array[] = []
      for (let i = 0; i < BATCH; i++) frames.push(framed(mutate(random.pick(requests), random)))
      client.socket.write(concat(...frames))
      if (await client.pong()) continue
      closed++
      client = await WireClient.open(server.port, { sessionId: client.sessionId, passwd: client.passwd }).catch(() =>
        WireClient.open(server.port),
      )
    }
    client.destroy()
    t.ok(closed > 0 && closed < MUTATIONS / BATCH, `${closed} connections were closed for what was sent`)
    await healthy.more()
  })

  t.test(`${GARBAGE} connections that send garbage do no harm to others`, async () => {
    const clients: WireClient[] = []
    for (let i = 0; i < GARBAGE; i++) {
      const client = await WireClient.dial(server.port)
      clients.push(client)
      const start = random.below(3) === 0 ? framed(mutate(connectRequest(), random)) : new Uint8Array(0)
      client.socket.end(concat(start, random.bytes(random.below(400))))
    }
    await Promise.all(clients.map(client => client.closed))
    await healthy.more()
  })

  t.test('the healthy session was served all the while, and no connection is left', async t => {
    t.ok((await healthy.stop()) > 0)
    t.equal(await server.figure('num_alive_connections'), 1, 'the connection that asks')
    t.equal(await server.figure('outstanding_requests'), 0)
    t.equal((await server.stop()).code, 0)
  })

  t.test('what came of it is loaded again', async t => {
    await server.start()
    t.notMatch(server.output, /digest of the tree differs/)
    t.equal((await server.stop()).code, 0)
  })
})

function framed(bytes: Uint8Array): Uint8Array {
  return concat(int32(bytes.length), bytes)
}

/** One to four changes: bytes, inserted and removed parts, numbers of interest. The length stays true. */
function mutate(request: Uint8Array, random: SeededRandom): Uint8Array {
  let bytes: Uint8Array = Uint8Array.from(request)
  for (let i = random.below(4); i >= 0; i--) {
    const at = random.below(bytes.length)
    switch (random.below(6)) {
      case 0:
        bytes[at] = random.below(256)
        break
      case 1:
        bytes[at] ^= 1 << random.below(8)
        break
      case 2:
        bytes = concat(bytes.subarray(0, at), random.bytes(random.below(20)), bytes.subarray(at))
        break
      case 3:
        bytes = concat(bytes.subarray(0, at), bytes.subarray(at + random.below(20)))
        break
      case 4:
        bytes.set(int32(random.pick(NUMBERS)).subarray(0, bytes.length - at), at)
        break
      default:
        bytes = concat(bytes.subarray(0, at), bytes.subarray(random.below(bytes.length)))
    }
    if (bytes.length === 0) bytes = Uint8Array.of(0)
  }
  return bytes
}

const NUMBERS = [0, 1, -1, -2, 4, 5, 6, 7, 11, 14, 22, 100, 127, 128, 255, 256, 65_535, 0x7fffffff, -0x80000000]
