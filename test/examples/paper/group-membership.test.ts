/** Members that come, leave, die and stand still: the list has those whose sessions live, with their addresses. */
import { Group } from '@menagerie/recipes'
import { filter, firstValueFrom } from 'rxjs'
import t, { type Test } from 'tap'
import { Example, playsOnApache } from './support/example.js'

t.setTimeout(300_000)

async function open(t: Test) {
  const example = await Example.open(t, 'group-membership')
  const group = new Group(example.client, '/group')
  return {
    example,
    member: (id: string) => example.start(id, 'member', '/group'),
    /** Resolves when these are the members, with what each says of itself. */
    until: async (...ids: string[]) => {
      const members$ = group.members$.pipe(filter(members => members.map(({ id }) => id).join() === ids.join()))
      const members = await firstValueFrom(members$)
      return members.map(({ payload }) => JSON.parse(Buffer.from(payload).toString()) as { url: string; pid: number })
    },
  }
}

t.test('members are listed with their data while their sessions live', async t => {
  const { example, member, until } = await open(t)
  const observer = example.start('observer', 'observer', '/group')
  await observer.until(/nobody is there/)
  const [a, b, c] = ['a', 'b', 'c'].map(member)
  const profiles = await until('a', 'b', 'c')
  t.strictSame(
    profiles.map(({ pid }) => pid),
    [a, b, c].map(part => part.process.pid),
  )
  const answer = await fetch(profiles[0].url, { method: 'POST', body: 'null' })
  t.equal(await answer.json(), 'a at your service')
  await observer.until(/there: a, b, c\n/)

  await a.end('SIGTERM')
  t.strictSame((await until('b', 'c')).length, 2, 'one that leaves')
  await b.end('SIGKILL')
  await until('c')
  await observer.until(/there: c\n/)

  c.process.kill('SIGSTOP')
  await until()
  c.process.kill('SIGCONT')
  t.strictSame(
    (await until('c')).map(({ pid }) => pid),
    [c.process.pid],
    'it has joined again',
  )
  await observer.until(/there: c\n/)
})

t.test('of two processes with one name, the second is a member when the first is gone', async t => {
  const { member, until } = await open(t)
  const first = member('same')
  await first.until(/is a member/)
  const second = member('same')
  const [{ pid }] = await until('same')
  t.equal(pid, first.process.pid)
  await first.end('SIGKILL')
  await second.until(/is a member/)
  t.equal((await until('same'))[0].pid, second.process.pid)
  const third = member('same')
  await third.end('SIGTERM')
  t.equal((await until('same'))[0].pid, second.process.pid, 'one that gives up waiting takes nobody along')
})

t.test('a server that is killed and comes back has the same members', async t => {
  const { example, member, until } = await open(t)
  const parts = ['a', 'b'].map(member)
  const before = await until('a', 'b')
  await example.server.kill9()
  await example.server.restart()
  await example.client.whenConnected()
  t.strictSame(await until('a', 'b'), before)
  t.ok(parts.every(({ running }) => running))
})

playsOnApache('group-membership', /cid at your service\n$/m)
