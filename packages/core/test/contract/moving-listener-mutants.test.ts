/** That the kit for listeners sees what a listener does wrong when it moves. */
import { type ClientListener, type ListenAddress, MenagerieError } from '@menagerie/core'
import { clientListenerContract, ManualClock } from '@menagerie/core/contract'
import { MemoryListener } from '@menagerie/core/memory'
import t from 'tap'
import { MemoryDialer } from '../memory/memory-bench.js'

type Listen = Parameters<ClientListener['listen']>
interface Place {
  readonly host: string
  readonly port: number
}

/** Moves between places in memory, of which each is a listener of its own. */
class Movable implements ClientListener {
  protected readonly places: MemoryListener[] = []
  protected readonly open = new Map<number, MemoryListener>()
  private listening!: Listen
  private nextPort = 3000

  constructor(private readonly clock: ManualClock) {}

  async listen(...listening: Listen): Promise<ListenAddress[]> {
    if (this.places.length > 0) throw new Error('listens already')
    this.listening = listening
    return [await this.bind(0)]
  }

  async move({ port }: ListenAddress, to: Place): Promise<ListenAddress> {
    if (!this.open.has(port)) throw new Error('nobody listens there')
    if (to.host !== 'memory') throw new MenagerieError('LISTEN_FAILED', `there is no ${to.host}`)
    this.open.delete(port)
    return this.bind(to.port)
  }

  dial({ port }: ListenAddress): MemoryDialer {
    const place = this.open.get(port)
    if (place === undefined) throw new Error('refused')
    return new MemoryDialer(place)
  }

  get connectionCount(): number {
    return this.places.reduce((sum, place) => sum + place.connectionCount, 0)
  }

  get rejectedCount(): number {
    return this.places.reduce((sum, place) => sum + place.rejectedCount, 0)
  }

  async close(): Promise<void> {
    this.open.clear()
    await Promise.all(this.places.map(place => place.close()))
  }

  private async bind(asked: number): Promise<ListenAddress> {
    const port = asked === 0 ? this.nextPort++ : asked
    const place = new MemoryListener(this.clock, { address: { host: 'memory', port, secure: false } })
    this.places.push(place)
    this.open.set(port, place)
    const [address] = await place.listen(...this.listening)
    return address
  }
}

/** Listeners that break one promise each. */
const mutants: Readonly<Record<string, new (clock: ManualClock) => Movable>> = {
  'an address that is not the new one': class extends Movable {
    override async move(from: ListenAddress, to: Place) {
      await super.move(from, to)
      return from
    }
  },
  'a place that still takes clients once it is left': class extends Movable {
    override async move(from: ListenAddress, to: Place) {
      const left = this.open.get(from.port)
      const address = await super.move(from, to)
      if (left !== undefined) this.open.set(from.port, left)
      return address
    }
  },
  'connections that end with the move': class extends Movable {
    override async move(from: ListenAddress, to: Place) {
      await Promise.all(this.places.map(place => place.close()))
      return super.move(from, to)
    }
  },
  'connections that outlive the listener': class extends Movable {
    override async close() {
      this.open.clear()
      await this.places.at(-1)?.close()
    }
  },
  'a failure after which nobody listens': class extends Movable {
    override async move(from: ListenAddress, to: Place) {
      if (to.host !== 'memory') this.open.clear()
      return super.move(from, to)
    }
  },
  'a failure without its code': class extends Movable {
    override async move(from: ListenAddress, to: Place) {
      if (to.host !== 'memory') throw new Error('somewhere else')
      return super.move(from, to)
    }
  },
  'moving from anywhere': class extends Movable {
    override async move(from: ListenAddress, to: Place) {
      const [port = 0] = this.open.keys()
      return super.move({ ...from, port }, to)
    }
  },
}

/** Whether any test of the kit fails, or waits for something that does not come. */
async function caught(Mutant: new (clock: ManualClock) => Movable): Promise<boolean> {
  const tests: (() => Promise<void>)[] = []
  clientListenerContract(
    (_name, body) => tests.push(body),
    async () => {
      const clock = new ManualClock()
      const listener = new Mutant(clock)
      const dial = async (address: ListenAddress) => listener.dial(address)
      return { listener, dial, advance: ms => clock.advance(ms), dispose: async () => {} }
    },
  )
  for (const test of tests) {
    const passed = test().then(
      () => true,
      () => false,
    )
    // Everything in memory is a chain of microtasks: what is not over by then waits in vain.
    const waiting = new Promise<boolean>(resolve => setImmediate(resolve, false))
    if (!(await Promise.race([passed, waiting]))) return true
  }
  return false
}

for (const [name, Mutant] of Object.entries(mutants)) {
  t.test(`the kit catches ${name}`, async t => {
    t.equal(await caught(Mutant), true)
  })
}

t.test('the kit passes the listener that the mutants are made of', async t => {
  t.equal(await caught(Movable), false)
})
