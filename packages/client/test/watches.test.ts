/** One-shot and persistent watches, and what their owners are told. */
import { AddWatchMode, EventType, OpCode, WatcherType } from '@menagerie/client'
import { JuteReader } from '@menagerie/core/jute'
import t from 'tap'
import { connected, dataAndStat, settled, stat } from './support/fake-client.js'
import { notification, reply } from './support/fake-server.js'

t.test('watches', async t => {
  const agreed = (xid: number) => reply(xid, writer => writer.int(0))

  t.test('one-shot callbacks are told once, each kind of its own events', async t => {
    const { client, peer } = await connected({ servers: 'a:1/app' })
    const seen: string[] = []
    const watch = (name: string) => ({ watch: (event: { path: string }) => seen.push(`${name} ${event.path}`) })
    const reads = Promise.all([
      client.getData('/d', watch('data')),
      client.getChildren('/d', watch('child')),
      client.exists('/e', watch('exist')),
      client.getData('/', watch('root')),
    ])
    await settled()
    peer.send(
      reply(1, dataAndStat(null)),
      reply(2, w => w.int(0)),
      reply(3, undefined, -101),
      reply(4, dataAndStat(null)),
    )
    await reads
    const tell = async (type: number, path: string) => {
      peer.send(notification(type, path))
      await settled()
      return seen.splice(0)
    }
    t.strictSame(await tell(EventType.NodeChildrenChanged, '/app/d'), ['child /d'])
    t.strictSame(await tell(EventType.NodeDeleted, '/app/d'), ['data /d'])
    t.strictSame(await tell(EventType.NodeDeleted, '/app/d'), [])
    t.strictSame(await tell(EventType.NodeCreated, '/app/e'), ['exist /e'])
    t.strictSame(await tell(EventType.NodeDataChanged, '/app'), ['root /'])
    client.detach()
  })

  t.test('one callback for several watches of a path is told of a deletion once', async t => {
    const { client, peer } = await connected()
    let told = 0
    const watch = () => told++
    const reads = Promise.all([client.getData('/a', { watch }), client.getChildren('/a', { watch })])
    await settled()
    peer.send(
      reply(1, dataAndStat(null)),
      reply(2, w => w.int(0)),
    )
    await reads
    peer.send(notification(EventType.NodeDeleted, '/a'))
    await settled()
    t.equal(told, 1)
    client.detach()
  })

  t.test('a recursive watch hears of everything below it but no child events', async t => {
    const { client, peer } = await connected()
    const adding = client.addWatch('/a', AddWatchMode.PersistentRecursive)
    await settled()
    peer.send(agreed(1))
    const watch = await adding
    const seen: string[] = []
    watch.events$.subscribe(({ path }) => seen.push(path))
    for (const path of ['/a', '/a/b', '/a/b/c', '/ab', '/']) peer.send(notification(EventType.NodeCreated, path))
    peer.send(notification(EventType.NodeChildrenChanged, '/a'))
    await settled()
    t.strictSame(seen, ['/a', '/a/b', '/a/b/c'])
    client.detach()
  })

  t.test('an event in the same chunk as the reply to addWatch reaches who awaits it', async t => {
    const { client, peer } = await connected()
    const seen: string[] = []
    const adding = client.addWatch('/', AddWatchMode.PersistentRecursive).then(watch => {
      watch.events$.subscribe(({ path }) => seen.push(path))
    })
    await settled()
    peer.send(agreed(1), notification(EventType.NodeCreated, '/soon'))
    await adding
    await settled()
    t.strictSame(seen, ['/soon'])
    client.detach()
  })

  t.test('of which there are two are removed at the server with the second', async t => {
    const { client, peer } = await connected()
    const adding = Promise.all([client.addWatch('/a', 0), client.addWatch('/a', 0)])
    await settled()
    peer.send(agreed(1), agreed(2))
    const [one, two] = await adding
    await peer.request()
    await peer.request()
    await one.remove()
    await settled()
    t.equal(peer.waiting, 0)
    const removing = two.remove()
    const { xid, opcode, body } = await peer.request()
    t.equal(opcode, OpCode.removeWatches)
    t.equal(new JuteReader(body, body.length - 4).int(), WatcherType.Any)
    peer.send(reply(xid, undefined, -121))
    await removing
    t.equal(two.remove(), removing)
    client.detach()
  })

  t.test('that a callback throws at does not keep the event from others', async t => {
    const { client, peer } = await connected()
    const failures: unknown[] = []
    const told: string[] = []
    const reads = Promise.all([
      client.exists('/a', {
        watch: () => {
          throw new Error('from a callback')
        },
      }),
      client.exists('/a', { watch: ({ path }) => told.push(path) }),
    ])
    await settled()
    peer.send(reply(1, stat), reply(2, stat))
    await reads
    const before = process.rawListeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    process.once('uncaughtException', error => failures.push(error))
    peer.send(notification(EventType.NodeDeleted, '/a'))
    await settled()
    for (const listener of before) process.on('uncaughtException', listener as () => void)
    t.strictSame(told, ['/a'])
    t.match(failures, [{ message: 'from a callback' }])
    client.detach()
  })
})
