/** The message broker: whatever dies or stands still, every acknowledged message is received, once and in order. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Child } from '../../support/child.js'
import { Example, playsOnApache } from './support/example.js'
import { until } from './support/until.js'

t.setTimeout(300_000)

const TOPIC = '/news/topics/weather'
const MESSAGES = 40

t.test('no acknowledged message is lost, whatever dies or stands still', async t => {
  const example = await Example.open(t, 'message-broker')
  const { client } = example
  const brokers = new Map<string, Child>()
  const startBroker = async (name: string) => {
    const broker = example.start(name, 'broker', join(example.folder, name))
    brokers.set(name, broker)
    await broker.until(/is ready/)
  }
  const names = ['broker-1', 'broker-2', 'broker-3']
  await Promise.all(names.map(startBroker))
  await client.create(TOPIC, Buffer.from('{"epoch":0,"brokers":[]}'))
  await client.create(`${TOPIC}/subscribers`)

  const json = async (path: string) => JSON.parse(Buffer.from((await client.getData(path)).data!).toString())
  const holder = (kind: 'primary' | 'backup', not?: string): Promise<string> =>
    until(example, `a ${kind} other than ${not}`, async () => {
      const { broker } = await json(`${TOPIC}/${kind}`)
      return broker !== not && broker
    })
  /** Primary and backup are these two brokers, who have every message. */
  const replicated = () =>
    until(example, 'a primary and a backup with everything', async () => {
      const { brokers } = await json(TOPIC)
      const [primary, backup] = [await json(`${TOPIC}/primary`), await json(`${TOPIC}/backup`)]
      return brokers.join() === `${primary.broker},${backup.broker}` && brokers
    })

  const file = join(example.folder, 'received')
  const received = () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [])
  let subscriber = example.start('subscriber', 'subscriber', 'weather', file)
  await subscriber.until(/begins/)

  let producers = 0
  /** A producer's messages, with something that happens in their midst. All are acknowledged at the end. */
  const during = async (fault: () => Promise<unknown>) => {
    const producer = example.start(`p${++producers}`, 'producer', 'weather', String(MESSAGES), '20')
    await producer.until(/20 of/, 60_000)
    await fault()
    await producer.until(/all .* are acknowledged/, 60_000)
    t.equal((await producer.exited).code, 0)
  }

  await replicated()
  await during(async () => {
    const primary = await holder('primary')
    await brokers.get(primary)!.end('SIGKILL')
    await holder('primary', primary)
    await startBroker(primary)
  })
  await replicated()
  await during(async () => {
    const backup = await holder('backup')
    await brokers.get(backup)!.end('SIGKILL')
    await holder('backup', backup)
    await startBroker(backup)
  })
  await during(async () => {
    await example.server.kill9()
    await example.server.restart()
  })
  await replicated()
  await during(async () => {
    // Past its session, with producer and subscriber connected. Then it goes on, and must not acknowledge anything.
    const primary = await holder('primary')
    brokers.get(primary)!.process.kill('SIGSTOP')
    await holder('primary', primary)
    brokers.get(primary)!.process.kill('SIGCONT')
    await brokers.get(primary)!.until(/weather: primary no more/)
  })
  await replicated()
  await during(async () => {
    await Promise.all([...brokers.values()].map(broker => broker.end('SIGKILL')))
    await Promise.all(names.map(startBroker))
  })
  await replicated()
  await during(async () => {
    await subscriber.end('SIGKILL')
    const primary = await holder('primary')
    await client.create('/news/broker_disabled', Buffer.from(JSON.stringify([primary])))
    await holder('primary', primary)
    subscriber = example.start('subscriber', 'subscriber', 'weather', file)
    await subscriber.until(/goes on|begins/)
  })

  const sent = Array.from({ length: producers }, (_, p) =>
    Array.from({ length: MESSAGES }, (_, n) => `p${p + 1}-${n + 1}`),
  ).flat()
  const all = await until(example, 'the subscriber has everything', async () => {
    const lines = received()
    return new Set(lines).size === sent.length && lines
  })
  t.strictSame([...new Set(all)].sort(), [...sent].sort(), 'every message has come, and no other')
  const rank = new Map(sent.map((id, index) => [id, index]))
  const order = [...new Set(all)].map(id => rank.get(id)!)
  t.strictSame(
    order,
    [...order].sort((a, b) => a - b),
    'in the order in which they were sent',
  )

  const [primary, backup] = await replicated()
  await client.create('/news/shutdown', Buffer.from('true'))
  for (const broker of brokers.values()) t.equal((await broker.exited).code, 0)
  const logOf = (name: string) =>
    readFileSync(join(example.folder, name, 'weather.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
  t.strictSame(logOf(primary), logOf(backup), 'primary and backup have the same log')
  t.equal(logOf(primary).length, sent.length, 'with each message once')
})

playsOnApache('message-broker', /The subscriber has 120 messages, 120 different ones/)
