import { Socket } from 'node:net'
import type { ClientConnection } from '@menagerie/core'
import { ManualClock } from '@menagerie/core/contract'
import { TcpListener, tcpListenerOptions } from '@menagerie/transport-tcp'
import t from 'tap'

t.test('what a reset has emptied the buffer of is not reported as sent', async t => {
  const log = () => {}
  const options = tcpListenerOptions.parse({ listen: [{ port: 0 }] })
  const listener = new TcpListener(options, new ManualClock(), { debug: log, info: log, warn: log, error: log })
  t.teardown(() => listener.close())
  const calls: string[] = []
  let kept = false
  const peer = new Socket()
  peer.once('connect', () => peer.write(Uint8Array.of(0, 0, 0, 1, 0)))
  const closed = new Promise<void>(resolve => {
    const accept = (connection: ClientConnection) => ({
      frame: () => {
        // More than the system's buffers hold, to a peer that does not read.
        kept = !connection.write(new Uint8Array(64 * 1024 * 1024))
        connection.pause()
        peer.resetAndDestroy()
      },
      endOfChunk: () => {},
      word: () => {},
      drained: () => calls.push('drained'),
      closed: () => {
        calls.push('closed')
        resolve()
      },
    })
    const limits = { frameBytesMax: 100, connectionsPerAddressMax: 0, connectionsMax: 0, firstFrameTimeoutMs: 1000 }
    void listener.listen(limits, accept).then(([{ port }]) => peer.connect(port, '127.0.0.1'))
  })
  await closed
  t.ok(kept)
  t.strictSame(calls, ['closed'])
})
