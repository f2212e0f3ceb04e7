import type { ClientConnection, ClientListener, ListenAddress, ListenerLimits } from '../seams/client-listener.js'
import { ConnectionRecorder, framed, payload, until } from './connection-recorder.js'
import { expectEqual } from './harness.js'
import type { ListenerBench, TestDialer } from './listener-bench.js'

/** A frame such as a client begins with. */
export const first = payload(45)
export const nobody = new Uint8Array(0)

/** The listener under test with a recorder on each connection. */
export class ListeningServer {
  readonly handlers: ConnectionRecorder[] = []
  address!: ListenAddress
  private readonly arrivals = new Set<() => void>()

  constructor(readonly bench: ListenerBench) {}

  get listener(): ClientListener {
    return this.bench.listener
  }

  async listen(limits: ListenerLimits): Promise<void> {
    const addresses = await this.listener.listen(limits, (connection: ClientConnection) => {
      const recorder = new ConnectionRecorder(connection)
      this.handlers.push(recorder)
      for (const wake of this.arrivals) wake()
      return recorder
    })
    this.address = addresses[0]
  }

  /** A connection that the listener has accepted, with both its ends. One at a time. */
  async connect(): Promise<{ dialer: TestDialer; handler: ConnectionRecorder }> {
    const index = this.handlers.length
    const arrived = new Promise<void>(resolve => {
      const wake = () => {
        this.arrivals.delete(wake)
        resolve()
      }
      this.arrivals.add(wake)
    })
    const dialer = await this.bench.dial(this.address)
    await arrived
    return { dialer, handler: this.handlers[index] }
  }

  /** What a connection receives that is expected not to be accepted. */
  async refused(): Promise<Uint8Array> {
    const accepted = this.handlers.length
    const received = await this.bench.dial(this.address).then(
      dialer => dialer.receiveAll(),
      () => nobody,
    )
    expectEqual(this.handlers.length, accepted, 'connections accepted')
    return received
  }

  /**
   * Lets what is under way arrive: a whole exchange on a connection of its own, after the bytes of
   * others were sent.
   */
  async turn(): Promise<void> {
    const { dialer, handler } = await this.connect()
    handler.onFrame = () => {
      handler.connection.write(first)
      handler.connection.end()
    }
    dialer.send(framed(first))
    await dialer.receiveAll()
    await until(handler, () => handler.closings === 1)
  }

  /** What holds in every test. */
  expectDiscipline(): void {
    for (const handler of this.handlers) expectEqual(handler.violations, [], 'broken rules of the handler')
  }
}
