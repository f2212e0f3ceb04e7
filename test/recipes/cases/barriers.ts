import { Barrier, DoubleBarrier } from '@menagerie/recipes'
import { type Cases, until } from '../support/lab.js'

export const barrierCases: Cases = on => {
  on('all wait while the gate is closed, and go when it opens', async (t, lab) => {
    const clients = await lab.clients(4)
    const gate = new Barrier(clients[0], '/deep/gate')
    await gate.wait()
    await gate.close()
    await gate.close()
    let through = 0
    const waiting = clients.map(client => new Barrier(client, '/deep/gate').wait().then(() => through++))
    await t.rejects(gate.wait({ signal: AbortSignal.timeout(1) }), { name: 'TimeoutError' })
    await Promise.all(clients.map(client => client.sync()))
    t.equal(through, 0)
    await gate.open()
    await Promise.all(waiting)
    await gate.open()
    t.throws(() => new Barrier(clients[0], 'gate'), { code: 'RECIPE_ARGUMENT' })
  })

  on('a waiter hears of an opening that it missed, and of the end of its session', async (t, lab) => {
    const [one, two] = await lab.clients(2)
    const { client, proxy } = await lab.proxied()
    const gate = new Barrier(one, '/gate')
    await gate.close()
    const waiting = new Barrier(client, '/gate').wait()
    await client.sync()
    proxy.refuse(true)
    await gate.open()
    proxy.refuse(false)
    await waiting
    await gate.close()
    const lost = new Barrier(two, '/gate').wait()
    lost.catch(() => {})
    await two.sync()
    await lab.expire(two)
    await t.rejects(lost, { name: 'SessionExpiredError' })
  })
}

export const doubleBarrierCases: Cases = on => {
  for (const dialect of ['curator', 'kazoo'] as const) {
    on(`members begin and end together (${dialect})`, async (t, lab) => {
      const clients = await lab.clients(3)
      const members = clients.map(client => new DoubleBarrier(client, '/barrier', { members: 3, dialect }))
      let inside = 0
      const early = members.slice(0, 2).map(async member => {
        await member.enter()
        t.ok(++inside > 0)
      })
      await until(clients[0], '/barrier', names => names.length === 2)
      await Promise.all(clients.map(client => client.sync()))
      t.equal(inside, 0)
      await members[2].enter()
      await Promise.all(early)
      await t.rejects(members[0].enter(), { code: 'RECIPE_ARGUMENT' })
      let left = 0
      const leaving = members.slice(0, 2).map(member => member.leave().then(() => left++))
      for (let i = 0; i < 5; i++) await Promise.all(clients.map(client => client.sync()))
      t.equal(left, 0)
      await members[2].leave()
      await Promise.all(leaving)
      await t.rejects(members[0].leave(), { code: 'RECIPE_NOT_HELD' })
      t.strictSame(
        (await clients[0].getChildren('/barrier')).filter(name => name !== 'ready'),
        [],
      )
    })

    on(`a member learns that it is not inside any more, also in a renewed session (${dialect})`, async (t, lab) => {
      const one = await lab.client({ renewSession: true })
      const [two] = await lab.clients(1)
      const member = () => new DoubleBarrier(one, '/barrier', { members: 2, dialect })
      const entering = member().enter()
      entering.catch(() => {})
      await until(two, '/barrier', names => names.length === 1)
      await lab.expire(one)
      await t.rejects(entering, { name: 'SessionExpiredError' })
      const again = member().enter()
      const [name] = await until(two, '/barrier', names => names.length === 1)
      await Promise.all([again, new DoubleBarrier(two, '/barrier', { members: 2, dialect }).enter()])
      t.ok((await two.getChildren('/barrier')).includes(name))
    })

    on(
      `a member without a connection while the others begin and leave goes on with the next one (${dialect})`,
      async (t, lab) => {
        const { client, proxy } = await lab.proxied()
        const [other] = await lab.clients(1)
        const mine = new DoubleBarrier(client, '/barrier', { members: 2, dialect })
        const theirs = new DoubleBarrier(other, '/barrier', { members: 2, dialect })
        const entering = mine.enter()
        await until(other, '/barrier', names => names.length === 1)
        await client.sync() // it has looked for what it waits for
        proxy.refuse(true)
        await theirs.enter()
        const leaving = theirs.leave()
        for (let i = 0; i < 4; i++) await other.sync()
        proxy.refuse(false)
        await entering
        await Promise.all([mine.leave(), leaving])
        t.strictSame(await other.getChildren('/barrier'), [])
      },
    )

    on(`a member whose znode somebody deletes learns it (${dialect})`, async (t, lab) => {
      const [one, two] = await lab.clients(2)
      const entering = new DoubleBarrier(one, '/barrier', { members: 3, dialect }).enter()
      entering.catch(() => {})
      const [name] = await until(two, '/barrier', names => names.length === 1)
      await two.delete(`/barrier/${name}`)
      await t.rejects(entering, { code: 'RECIPE_LOST' })
    })

    on(`a member that gives up or dies is gone (${dialect})`, async (t, lab) => {
      const [one, two, three] = await lab.clients(3)
      const member = (client = one) => new DoubleBarrier(client, '/barrier', { members: 2, dialect })
      const abort = new AbortController()
      const entering = member().enter({ signal: abort.signal })
      await until(two, '/barrier', names => names.length === 1)
      abort.abort(new Error('enough'))
      await t.rejects(entering, { message: 'enough' })
      t.strictSame(await two.getChildren('/barrier'), [])
      const [a, b] = [member(two), member(three)]
      await Promise.all([a.enter(), b.enter()])
      await lab.expire(three)
      await a.leave()
      t.throws(() => new DoubleBarrier(one, '/b', { members: 0 }), { code: 'RECIPE_ARGUMENT' })
    })
  }
}
