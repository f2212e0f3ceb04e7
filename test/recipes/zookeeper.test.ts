/** The recipes that come with ZooKeeper, in Java, and ours at one path: both sides hold, both sides wait. */
import { LeaderElection, Mutex, Queue, textCodec } from '@menagerie/recipes'
import t from 'tap'
import { needs } from '../support/tools.js'
import { contention, firstTerm } from './support/contention.js'
import { startLab, until } from './support/lab.js'
import { Peer } from './support/peer.js'
import { sharedQueue } from './support/shared-queue.js'

t.setTimeout(300_000)
const tools = needs('java', 'javac', 'Apache ZooKeeper (Debian: zookeeper, libzookeeper-java)')
const dialect = 'zookeeper'

t.test("with ZooKeeper's own recipes", tools, async t => {
  const server = await startLab()
  t.teardown(() => server[Symbol.asyncDispose]())
  const peer = await Peer.zookeeper(`127.0.0.1:${server.port}`)
  t.teardown(() => peer[Symbol.asyncDispose]())
  const { contend, on } = contention(t, server.port, peer)

  await contend('lock', '/lock', ({ client }) => new Mutex(client, '/lock', { dialect }).acquire())
  await on('what either puts into a queue, one of both takes, once', async (t, client) => {
    const queue = new Queue(client, '/queue', { codec: textCodec, dialect })
    const commands = { put: 'queue-put', take: 'queue-take' }
    await sharedQueue(t, { client, peer, path: '/queue', commands, put: item => queue.put(item) }, signal =>
      queue.take({ signal }),
    )
  })

  await on('leadership is handed on both ways, and each side knows the leader', async (t, client) => {
    const mine = new LeaderElection(client, '/election', { id: 'ts', dialect })
    const term = await firstTerm(mine)
    await peer.run('election-enter /election java')
    await until(client, '/election', names => names.length === 2)
    t.match(await mine.candidates(), [
      { id: 'ts', first: true },
      { id: 'java', first: false },
    ])
    t.strictSame(await peer.run('election-leader'), ['leader ts'])
    await term.release()
    t.strictSame(await peer.run('election-await'), ['event ELECTED_COMPLETE'])
    const next = firstTerm(new LeaderElection(client, '/election', { id: 'ts again', dialect }))
    await until(client, '/election', names => names.length === 2)
    t.strictSame(await peer.run('election-leader'), ['leader java'])
    await peer.run('election-leave')
    await (await next).release()
  })
})
