/** What a new connection has to hear first. */
import { AddWatchMode, AuthFailedError, OpCode } from '@menagerie/client'
import { JuteReader, SetWatches, SetWatches2 } from '@menagerie/core/jute'
import { firstValueFrom } from 'rxjs'
import t from 'tap'
import { connected, dataAndStat, replaced, settled, stat } from './support/fake-client.js'
import { reply } from './support/fake-server.js'

const SECRET = new Uint8Array([1, 2, 3])

t.test('after a reconnect', async t => {
  t.test('credentials come first, then watches, then requests', async t => {
    const scene = await connected()
    const { client, peer } = scene
    const auth = client.addAuth('digest', SECRET)
    const reads = Promise.all([
      client.getData('/data', { watch: true }),
      client.exists('/exist', { watch: () => {} }),
      client.getChildren('/child', { watch: true }),
      client.getData('/unwatched', { watch: false }),
      client.getData('/missing', { watch: true }).catch(() => {}),
    ])
    await settled()
    peer.send(reply(-4, undefined, 0, 0))
    await auth
    peer.send(
      reply(1, dataAndStat(null), 0, 5),
      reply(2, undefined, -101, 6),
      reply(3, writer => writer.int(0)),
      reply(4, dataAndStat(null)),
      reply(5, undefined, -101),
    )
    await reads
    client.state$.subscribe(state => {
      if (state === 'suspended') client.exists('/later').catch(() => {})
    })
    const next = await replaced(scene)
    t.match(await next.request(), { xid: -4, opcode: OpCode.auth })
    const watches = await next.request()
    t.match(watches, { xid: -8, opcode: OpCode.setWatches })
    t.strictSame(SetWatches.read(new JuteReader(watches.body)), {
      relativeZxid: 6,
      dataWatches: ['/data'],
      existWatches: ['/exist'],
      childWatches: ['/child'],
    })
    t.match(await next.request(), { opcode: OpCode.exists })
    client.detach()
  })

  t.test('persistent watches are set by setWatches2', async t => {
    const scene = await connected({ servers: 'a:1/app' })
    const { client, peer } = scene
    const added = Promise.all([
      client.addWatch('/p', AddWatchMode.Persistent),
      client.addWatch('/', AddWatchMode.PersistentRecursive),
    ])
    await settled()
    peer.send(
      reply(1, writer => writer.int(0)),
      reply(2, writer => writer.int(0)),
    )
    await added
    const next = await replaced(scene)
    const watches = await next.request()
    t.match(watches, { xid: -8, opcode: OpCode.setWatches2 })
    t.match(SetWatches2.read(new JuteReader(watches.body)), {
      persistentWatches: ['/app/p'],
      persistentRecursiveWatches: ['/app'],
    })
    client.detach()
  })

  t.test('many watches travel in several requests', async t => {
    const scene = await connected()
    const { client, peer } = scene
    const paths = Array.from({ length: 3000 }, (_, i) => `/${'x'.repeat(90)}${i}`)
    const reads = Promise.all(paths.map(path => client.exists(path, { watch: true })))
    await settled()
    for (let i = 0; i < paths.length; i++) peer.send(reply(i + 1, stat))
    await reads
    const next = await replaced(scene)
    await settled()
    const seen: string[] = []
    while (next.waiting > 0) {
      const { xid, body } = await next.request()
      t.equal(xid, -8)
      t.ok(body.length < 150_000)
      for (const path of SetWatches.read(new JuteReader(body)).dataWatches ?? []) seen.push(String(path))
    }
    t.strictSame(seen, paths)
    client.detach()
  })

  t.test('a credential that is refused all of a sudden ends the client', async t => {
    const scene = await connected()
    const { client, peer } = scene
    const auth = client.addAuth('digest', SECRET)
    await settled()
    peer.send(reply(-4, undefined, 0, 0))
    await auth
    const next = await replaced(scene)
    next.send(reply(-4, undefined, -115, 0))
    await settled()
    t.equal(client.state, 'authFailed')
    await t.rejects(client.exists('/a'), AuthFailedError)
    await t.rejects(firstValueFrom(client.watch$('/a')), AuthFailedError)
    await client.close()
    t.equal(client.state, 'authFailed')
  })

  t.test('a credential that was refused when added is not presented again', async t => {
    const scene = await connected()
    const { client, peer } = scene
    const auth = client.addAuth('nonsense', SECRET)
    await settled()
    peer.send(reply(-4, undefined, -115, 0))
    await t.rejects(auth, { name: 'AuthFailedError', scheme: 'nonsense' })
    const next = await replaced(scene)
    await settled()
    t.equal(next.waiting, 0)
    t.equal(client.state, 'connected')
    client.detach()
  })
})
