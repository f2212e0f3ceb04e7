import { setImmediate as turn } from 'node:timers/promises'
import type { Logger } from '@menagerie/core'
import { ManualClock, noAddresses } from '@menagerie/core/contract'
import { MemoryPeerNetwork, type MemoryPeerTransport } from '@menagerie/core/memory'
import { ElectionDriver, type ElectionDriverOptions, encodeNotification, formatConfig } from '@menagerie/core/zab'
import t from 'tap'
import { majorityOf } from '../quorum/ensembles.js'

const last = { zxid: 5, peerEpoch: 1 }

class Ensemble implements AsyncDisposable {
  readonly clock = new ManualClock()
  readonly network = new MemoryPeerNetwork(this.clock)
  readonly drivers = new Map<number, ElectionDriver>()
  readonly log: string[] = []
  private readonly transports: MemoryPeerTransport[] = []

  async open(id: number, options: Partial<ElectionDriverOptions> = {}): Promise<ElectionDriver> {
    const transport = await this.transport(id)
    const note: Logger['info'] = (_fields, message) => this.log.push(message)
    const logger = { debug: note, info: note, warn: note, error: note }
    const verifier = majorityOf([1, 2, 3])
    const driver = new ElectionDriver({ verifier, ...options, self: id, transport, clock: this.clock, logger })
    this.drivers.set(id, driver)
    return driver
  }

  async transport(id: number): Promise<MemoryPeerTransport> {
    const transport = this.network.transport(id)
    await transport.open(id, noAddresses)
    this.transports.push(transport)
    return transport
  }

  /** Lets messages pass and time go on until the condition holds. */
  async until(holds: () => boolean): Promise<void> {
    for (let waited = 0; !holds(); waited += 5) {
      if (waited > 60_000) throw new Error(`not within a minute: ${this.log.join('; ')}`)
      await turn()
      if (!holds()) this.clock.advance(5)
    }
  }

  async outcome<T>(...promises: Promise<T>[]): Promise<T[]> {
    let done = false
    const all = Promise.all(promises).finally(() => {
      done = true
    })
    await this.until(() => done)
    return all
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const driver of this.drivers.values()) driver.stop()
    for (const transport of this.transports) await transport.close()
  }
}

t.test('three servers elect one leader, and one that comes back finds it', async t => {
  await using ensemble = new Ensemble()
  const [one, two, three] = [await ensemble.open(1), await ensemble.open(2), await ensemble.open(3)]
  const votes = await ensemble.outcome(...[one, two, three].map(driver => driver.elect(last)))
  t.strictSame(votes, Array(3).fill({ leader: 3, zxid: 5, peerEpoch: 1, electionEpoch: 1 }))
  t.strictSame([one.state, two.state, three.state], ['following', 'following', 'leading'])
  t.strictSame(ensemble.log.sort(), [
    'server 1 is following: the leader is 3',
    'server 2 is following: the leader is 3',
    'server 3 is leading: the leader is 3',
  ])

  two.settle('following', { ...votes[0], peerEpoch: 2 })
  three.settle('leading', { ...votes[0], peerEpoch: 2 })
  const [again] = await ensemble.outcome(one.elect({ zxid: 9, peerEpoch: 1 }))
  t.strictSame(again, { leader: 3, zxid: 5, peerEpoch: 2, electionEpoch: 1 })
})

t.test('an election lasts until a quorum is connected', async t => {
  await using ensemble = new Ensemble()
  const [one, two] = [await ensemble.open(1), await ensemble.open(2)]
  ensemble.network.cut(1, 2)
  const votes = [one.elect(last), two.elect(last)]
  for (let passed = 0; passed < 10_000; passed += 100) {
    await turn()
    ensemble.clock.advance(100)
  }
  t.strictSame([one.state, two.state], ['looking', 'looking'])
  ensemble.network.join(1, 2)
  t.strictSame(
    (await ensemble.outcome(...votes)).map(vote => vote.leader),
    [2, 2],
  )
})

t.test('a message that makes no sense is logged and dropped, and the election goes on', async t => {
  await using ensemble = new Ensemble()
  const one = await ensemble.open(1)
  const bad = await ensemble.transport(3)
  const vote = one.elect(last)
  bad.sendVote(1, Uint8Array.of(1, 2, 3))
  await ensemble.until(() => ensemble.log.length > 0)
  t.match(ensemble.log[0], /^dropped a message of server 3: record cut short/)
  const noConfig = {
    state: 'looking',
    leader: 3,
    zxid: 9,
    peerEpoch: 9,
    electionEpoch: 1,
    config: 'server.1=a',
  } as const
  bad.sendVote(1, encodeNotification(noConfig))
  t.equal((await ensemble.outcome(vote))[0].leader, 3, 'the vote counts, though its configuration cannot be read')
  t.match(
    ensemble.log[1],
    /^the configuration that server 3 sent: line 1: server\.1: found "a", expected host:quorumPort/,
  )
})

t.test('a newer configuration is reported before the election ends', async t => {
  await using ensemble = new Ensemble()
  const seen: number[] = []
  const newer = majorityOf([1, 2], [3], '100000005')
  const one = await ensemble.open(1, { onConfig: verifier => void seen.push(verifier.version) })
  const two = await ensemble.open(2, { verifier: newer })
  await ensemble.outcome(one.elect(last), two.elect(last))
  t.strictSame([seen, one.verifier.version], [[0x1_0000_0005], 0x1_0000_0005])
  t.equal(formatConfig(one.verifier), formatConfig(newer))
})

t.test('a changed configuration decides at once, also for an election under way', async t => {
  await using ensemble = new Ensemble()
  const one = await ensemble.open(1)
  const vote = one.elect(last)
  await turn()
  one.reconfigure(majorityOf([1], [], '1'))
  t.equal((await vote).leader, 1)
})

t.test('settle ends an election under way with its vote', async t => {
  await using ensemble = new Ensemble()
  const one = await ensemble.open(1)
  const vote = one.elect(last)
  one.settle('following', { leader: 2, zxid: 1, peerEpoch: 3, electionEpoch: 4 })
  t.strictSame(await vote, { leader: 2, zxid: 1, peerEpoch: 3, electionEpoch: 4 })
  t.equal(ensemble.clock.pending, 0)
})

t.test('a server that has left its role sends nobody to it', async t => {
  await using ensemble = new Ensemble()
  const [one, two] = [await ensemble.open(1), await ensemble.open(2)]
  await ensemble.outcome(one.elect(last), two.elect(last))
  two.leave()
  const vote = one.elect(last, 2)
  t.throws(() => one.leave(), { code: 'SERVER_STATE' })
  await ensemble.outcome(vote, two.elect(last))
  t.strictSame(await vote, { leader: 2, zxid: 5, peerEpoch: 1, electionEpoch: 2 })
  one.stop()
  one.leave()
})

t.test('there is one election at a time, and none once it is stopped', async t => {
  await using ensemble = new Ensemble()
  const one = await ensemble.open(1)
  const vote = one.elect(last)
  await t.rejects(one.elect(last), { code: 'SERVER_STATE', message: /looks for a leader already/ })
  one.stop()
  one.stop()
  await t.rejects(vote, { code: 'SERVER_STATE', message: /has been stopped/ })
  await t.rejects(one.elect(last), { code: 'SERVER_STATE' })
  one.settle('following', { leader: 2, zxid: 1, peerEpoch: 3, electionEpoch: 4 })
  one.reconfigure(majorityOf([1]))
  t.strictSame([one.state, ensemble.clock.pending], ['looking', 0])
})
