import { silentLogger } from '@menagerie/core'
import { clientListenerContract, ManualClock } from '@menagerie/core/contract'
import { TcpListener, tcpListenerOptions } from '@menagerie/transport-tcp'
import t from 'tap'
import { SocketDialer } from './support/socket-dialer.js'

clientListenerContract(
  (name, body) => {
    t.test(name, body)
  },
  async () => {
    const clock = new ManualClock()
    const options = tcpListenerOptions.parse({ listen: [{ port: 0 }] })
    const listener = new TcpListener(options, clock, silentLogger)
    const dialers: SocketDialer[] = []
    return {
      listener,
      dial: async ({ port }) => {
        const dialer = await SocketDialer.connect(port)
        dialers.push(dialer)
        return dialer
      },
      advance: ms => clock.advance(ms),
      dispose: async () => {
        for (const dialer of dialers) dialer.socket.destroy()
        await listener.close()
      },
    }
  },
)
