import diagnostics from 'node:diagnostics_channel'
import type { TcpListenerOptionsInput } from '@menagerie/transport-tcp'
import t, { type Test } from 'tap'
import { tcpBench } from './support/tcp-bench.js'

// One test for what no other would notice: a Node.js that no longer gives the handles makes everything slower, not wrong.
const SOCKETS = 'net.server.socket'

async function socketsMade(t: Test, options: TcpListenerOptionsInput): Promise<number> {
  const bench = tcpBench(options)
  t.teardown(() => bench.dispose())
  const limits = { frameBytesMax: 100, connectionsPerAddressMax: 0, connectionsMax: 0, firstFrameTimeoutMs: 1000 }
  let accept = () => {}
  const accepted = new Promise<void>(resolve => {
    accept = resolve
  })
  const [address] = await bench.listener.listen(limits, () => {
    accept()
    return { frame() {}, endOfChunk() {}, word() {}, drained() {}, closed() {} }
  })
  let made = 0
  const count = () => {
    made++
  }
  diagnostics.subscribe(SOCKETS, count)
  await bench.dial(address)
  await accepted
  diagnostics.unsubscribe(SOCKETS, count)
  return made
}

t.test('no socket is made for a plain connection', async t => {
  t.equal(await socketsMade(t, { listen: [{ port: 0 }] }), 0)
})

t.test('one is made where that is asked for', async t => {
  t.equal(await socketsMade(t, { listen: [{ port: 0 }], nodeSockets: true }), 1)
})
