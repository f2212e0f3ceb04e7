import t from 'tap'
import type { MemoryListener } from '../../dist/memory/index.js'
import { settle, startServer, TestClient } from './harness.js'

/** Says a four-letter word on a connection of its own; the answer is all that comes. */
async function say(listener: MemoryListener, word: string): Promise<string> {
  let answer = ''
  const end = listener.dial({ data: bytes => void (answer += new TextDecoder().decode(bytes)), closed: () => {} })
  end.send(new TextEncoder().encode(word))
  await settle()
  return answer
}

const WORDS = { settings: { fourLetterWords: ['*'] } }

t.test('words count as packets, as in Apache: one received, one sent for 8,192 characters', async t => {
  const { server, listener } = await startServer(WORDS)
  const counts = async () =>
    /Received: (\d+)\nSent: (\d+)/
      .exec(await say(listener, 'srvr'))
      ?.slice(1)
      .map(Number)
  t.strictSame(await counts(), [1, 0], 'a word counts itself as received')
  t.strictSame(await counts(), [2, 1])
  const mntr = await say(listener, 'mntr')
  const packets = Math.ceil(mntr.length / 8192)
  t.ok(packets > 1)
  t.strictSame(await counts(), [4, 2 + packets])
  t.equal(await say(listener, 'nope'), '')
  t.strictSame(await counts(), [5, 3 + packets], 'what is no word is no packet')
  await server.close()
})

t.test('a connection that says a word is shown with it', async t => {
  const { server, listener } = await startServer(WORDS)
  t.match(await say(listener, 'cons'), /\(queued=0,recved=1,sent=0\)\n/)
  await server.close()
})

t.test('a connection without a session expires when it has not asked for one in time', async t => {
  const { server, listener } = await startServer(WORDS)
  t.match(await say(listener, 'dump'), /\n1 expire at Tue Nov 14 22:13:30 UTC 2023:\n\tip: \S+ sessionId: 0x0\n/)
  await server.close()
})

t.test('mntr tells of latencies, bytes and connections', async t => {
  const { server, listener, connect, clock } = await startServer(WORDS)
  const told = async () => {
    const lines = (await say(listener, 'mntr')).split('\n').map(line => line.split('\t'))
    return Object.fromEntries(lines.map(([key, value]) => [key.replace(/^zk_/, ''), value]))
  }
  const fresh = await told()
  t.match(fresh, { cnt_readlatency: '0', last_client_response_size: '-1', cnt_dbinittime: '1' })
  await say(listener, 'srst')
  const one = await connect(4_000)
  const two = await connect(4_000)
  const twin = await new TestClient(listener).connect(4_000, one.sessionId, one.password)
  const [create, get] = [twin.create('/a'), twin.getData('/a')]
  await twin.ask(create)
  await twin.ask(get)
  const asked = create.length + get.length
  two.destroy()
  await settle()
  t.match(await told(), {
    connection_request_count: '3',
    connection_revalidate_count: '1',
    connection_drop_count: '1',
    cnt_updatelatency: '1',
    cnt_readlatency: '1',
    min_client_response_size: '22',
    max_client_response_size: '88',
    last_client_response_size: '88',
    response_bytes: '110',
    // Three connect requests of 49 bytes, create, getData, and the word that asks.
    bytes_received_count: String(3 * 49 + asked + 4),
    stale_sessions_expired: '0',
  })
  clock.advance(10_000)
  await settle()
  t.match(await told(), { stale_sessions_expired: '2' })
  await server.close()
})
