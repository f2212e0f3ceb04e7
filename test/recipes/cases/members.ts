import { CreateMode, OpCode } from '@menagerie/client'
import { Group, type Member, PersistentNode, ServiceDiscovery, type ServiceInstance, uriOf } from '@menagerie/recipes'
import { filter, firstValueFrom, type Observable, tap, toArray } from 'rxjs'
import { type Cases, until } from '../support/lab.js'

const bytes = (text: string) => new TextEncoder().encode(text)
const text = (data: Uint8Array) => new TextDecoder().decode(data)
const when = <T>(stream: Observable<T>, holds: (value: T) => boolean) => firstValueFrom(stream.pipe(filter(holds)))
const ids = (members: readonly { id: string }[]) =>
  members
    .map(({ id }) => id)
    .sort()
    .join()

export const persistentNodeCases: Cases = on => {
  on('it is made again with its newest data, and goes when it is closed', async (t, lab) => {
    const [one, two] = await lab.clients(2)
    const node = await new PersistentNode(one, '/deep/node', { data: bytes('a') }).start()
    const first = node.fencingToken
    t.equal((await two.exists('/deep/node'))?.czxid, first)
    await node.setData(bytes('b'))
    t.strictSame((await two.getData('/deep/node')).data, bytes('b'))
    const back = when(node.present$, present => present && node.fencingToken > first)
    await two.delete('/deep/node')
    await back
    t.strictSame((await two.getData('/deep/node')).data, bytes('b'))
    await node.close()
    await node.close()
    t.equal(await two.exists('/deep/node'), null)
    await t.rejects(node.start(), { code: 'RECIPE_CLOSED' })
  })

  on('a znode of another session is waited out', async (t, lab) => {
    const [one, two] = await lab.clients(2)
    await two.create('/node', bytes('theirs'), { mode: CreateMode.EPHEMERAL })
    const node = new PersistentNode(one, '/node', { data: bytes('mine') })
    await t.rejects(node.start({ signal: AbortSignal.timeout(5) }), { name: 'TimeoutError' })
    const started = node.start()
    t.strictSame((await one.getData('/node')).data, bytes('theirs'))
    await lab.expire(two)
    await started
    t.strictSame((await one.getData('/node')).data, bytes('mine'))
    const waiting = new PersistentNode(one, '/other')
    await waiting.close()
    await t.rejects(waiting.start(), { code: 'RECIPE_CLOSED' })
  })

  on('a znode of another session keeps its data', async (t, lab) => {
    const [one, two] = await lab.clients(2)
    await new PersistentNode(two, '/node', { data: bytes('theirs') }).start()
    const node = new PersistentNode(one, '/node', { data: bytes('mine') })
    const started = node.start()
    await node.setData(bytes('mine, newer'))
    t.strictSame((await one.getData('/node')).data, bytes('theirs'))
    await lab.expire(two)
    await started
    t.strictSame((await one.getData('/node')).data, bytes('mine, newer'))
  })

  on('closing it leaves alone what has come to its place when the reply was lost', async (t, lab) => {
    const [other] = await lab.clients(1)
    const { client, proxy } = await lab.proxied()
    const node = await new PersistentNode(client, '/node').start()
    const next = new PersistentNode(other, '/node')
    const started = next.start()
    const dropped = proxy.dropReplyTo(OpCode.delete)
    const closing = node.close()
    await dropped
    proxy.refuse(true)
    await started
    const { fencingToken } = next
    proxy.refuse(false)
    await closing
    t.equal((await other.exists('/node'))?.czxid, fencingToken)
  })

  on('it survives lost connections, and says when its session has expired', async (t, lab) => {
    const [other] = await lab.clients(1)
    const { client, proxy } = await lab.proxied()
    const node = await new PersistentNode(client, '/node').start()
    proxy.refuse(true)
    await other.delete('/node')
    const back = when(node.present$, present => present && node.fencingToken > 0)
    proxy.refuse(false)
    await back
    await until(other, '/', names => names.includes('node'))
    const end = firstValueFrom(node.present$.pipe(toArray()))
    end.catch(() => {})
    await lab.expire(client)
    await t.rejects(end, { name: 'SessionExpiredError' })
    await node.close()
  })
}

export const groupCases: Cases = on => {
  on('who changes their payloads all the time is never listed as gone', async (t, lab) => {
    const clients = await lab.clients(4)
    const eye = new Group(clients[3], '/group')
    const groups = clients.slice(0, 3).map((client, n) => new Group(client, '/group', { id: `m${n}` }))
    await Promise.all(groups.map(group => group.join()))
    const lists = new Set<string>()
    const seen$ = eye.members$.pipe(tap(members => lists.add(ids(members))))
    const isLast = (members: readonly Member[]) => members.every(({ payload }) => text(payload) === '100')
    const last = when(seen$, members => members.length === 3 && isLast(members))
    const change = async (group: Group) => {
      for (let n = 1; n <= 100; n++) await group.setPayload(bytes(String(n)))
    }
    await Promise.all(groups.map(change))
    await last
    t.strictSame([...lists], ['m0,m1,m2'])
  })

  for (const dialect of ['curator', 'kazoo', 'kazoo-shallow'] as const) {
    on(`members come and go, and all see it (${dialect})`, async (t, lab) => {
      const [one, two, three] = await lab.clients(3)
      const mine = new Group(one, '/group', { id: 'one', dialect })
      const theirs = new Group(two, '/group', { id: 'two', dialect })
      const eye = new Group(three, '/group', { dialect })
      t.strictSame(await eye.members(), [])
      const history: string[] = []
      let told = () => {}
      const first = new Promise<void>(resolve => {
        told = resolve
      })
      const watching = eye.members$.subscribe(members => {
        history.push(ids(members))
        told()
      })
      await first
      await mine.join()
      await mine.join()
      await when(eye.members$, members => ids(members) === 'one')
      await theirs.join()
      await when(eye.members$, members => ids(members) === 'one,two')
      await lab.expire(one)
      await when(eye.members$, members => ids(members) === 'two')
      await theirs.leave()
      await theirs.leave()
      await when(eye.members$, members => members.length === 0)
      watching.unsubscribe()
      t.equal(history[0], '')
      t.ok(history.every((state, index) => index === 0 || state !== history[index - 1]))
      await t.rejects(eye.join(), { code: 'RECIPE_ARGUMENT' })
    })
  }

  on('joining can be given up, and leaves nothing behind', async (t, lab) => {
    const [one, two] = await lab.clients(2)
    const theirs = new Group(two, '/group', { id: 'same' })
    await theirs.join()
    const mine = new Group(one, '/group', { id: 'same' })
    const stop = new AbortController()
    const joining = mine.join({ signal: stop.signal })
    joining.catch(() => {})
    await one.sync()
    stop.abort(new Error('enough'))
    await t.rejects(joining, { message: 'enough' })
    await theirs.leave()
    await one.sync()
    t.strictSame(await mine.members(), [])
    await mine.join()
    t.equal(ids(await mine.members()), 'same')
    await t.rejects(mine.join({ signal: stop.signal }), { message: 'enough' })
    t.equal(ids(await mine.members()), 'same', 'it was a member before')
  })

  on('what members say about themselves is told as it changes', async (t, lab) => {
    const [one, two] = await lab.clients(2)
    await using mine = new Group(one, '/group', { id: 'one', payload: bytes('a') })
    await mine.join()
    const eye = new Group(two, '/group')
    const says = (text: string) => (members: Member[]) => new TextDecoder().decode(members[0]?.payload) === text
    await when(eye.members$, says('a'))
    const told = when(eye.members$, says('b'))
    await mine.setPayload(bytes('b'))
    await told
    t.throws(() => new Group(one, '/g', { id: 'a/b' }), { code: 'RECIPE_ARGUMENT' })
    t.throws(() => new Group(one, '/g', { dialect: 'zookeeper' as 'kazoo' }), { code: 'RECIPE_ARGUMENT' })
    t.throws(() => new Group(one, '/g', { dialect: 'kazoo', payload: bytes('x') }), { code: 'RECIPE_ARGUMENT' })
  })
}

export const discoveryCases: Cases = on => {
  on('instances are registered, found, changed and gone', async (t, lab) => {
    const [one, two] = await lab.clients(2)
    const registry = new ServiceDiscovery(one, '/services')
    const reader = new ServiceDiscovery(two, '/services')
    t.strictSame(await reader.services(), [])
    t.strictSame(await reader.instances('web'), [])
    const first = await registry.register({ name: 'web', id: 'a', address: '10.0.0.1', port: 80, payload: { zone: 1 } })
    const second = await registry.register({ name: 'web', address: '10.0.0.2', serviceType: 'STATIC' })
    t.strictSame(await reader.services(), ['web'])
    const found = await reader.instances('web')
    t.match(found, [{ name: 'web', address: /10/, sslPort: null, serviceType: /DYNAMIC|STATIC/ }, {}])
    t.match(await reader.instances('web').then(all => all.find(({ id }) => id === 'a')), { payload: { zone: 1 } })
    const moved = when(reader.instances$('web'), all => all.some(({ port }) => port === 81))
    await first.update({ port: 81 })
    await moved
    await lab.expire(one)
    const [left] = await when(reader.instances$('web'), all => all.length === 1)
    t.equal(left.id, second.instance.id, 'the static one stays')
    t.equal(uriOf(left), 'http://10.0.0.2')
    await t.rejects(reader.register({ name: 'a/b' }), { code: 'RECIPE_ARGUMENT' })
    await t.rejects(reader.register({ name: 'web', port: 70_000 }), { code: 'RECIPE_ARGUMENT' })
    await two.setData(`/services/web/${left.id}`, bytes('{}'))
    await t.rejects(reader.instances('web'), { code: 'RECIPE_DATA_INVALID', message: /name or id/ })
    t.strictSame(await when(reader.instances$('web'), () => true), [], 'what cannot be read is left out of the stream')
  })

  on('providers choose among those that are there', async (t, lab) => {
    const [one, two] = await lab.clients(2)
    const registry = new ServiceDiscovery(one, '/services')
    const reader = new ServiceDiscovery(two, '/services')
    using robin = await reader.provider('web')
    t.equal(robin.get(), undefined)
    const registered = [
      await registry.register({ name: 'web', id: 'a' }),
      await registry.register({ name: 'web', id: 'b' }),
      await registry.register({ name: 'web', id: 'c', enabled: false }),
    ]
    while (robin.all().length < 2) await when(reader.instances$('web'), all => all.length === 3)
    t.strictSame([robin.get()?.id, robin.get()?.id, robin.get()?.id].sort().slice(0, 2).length, 2)
    t.not(robin.get()?.id, robin.get()?.id)
    using sticky = await reader.provider('web', { strategy: 'sticky', random: () => 0.9 })
    const chosen = sticky.get() as ServiceInstance
    t.equal(chosen.id, 'b')
    sticky.noteError(chosen)
    t.equal(sticky.get()?.id, 'b')
    sticky.noteError(chosen)
    t.equal(sticky.get()?.id, 'a', 'an instance with two errors is put aside')
    using picky = await reader.provider('web', { strategy: 'random', filter: ({ id }) => id !== 'a' })
    t.equal(picky.get()?.id, 'b')
    await registered[1].unregister()
    await registered[1].unregister()
    await t.rejects(registered[1].update({ port: 1 }), { code: 'RECIPE_ARGUMENT' })
    while (picky.get() !== undefined) await when(reader.instances$('web'), all => all.length === 2)
    picky.close()
    t.throws(() => picky.get(), { code: 'RECIPE_CLOSED' })
    await t.rejects(reader.provider('web', { strategy: 'x' as 'random' }), { code: 'RECIPE_ARGUMENT' })
  })
}
