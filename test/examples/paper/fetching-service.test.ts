/** The fetching service: whatever dies or stands still, every request is answered once, and is in one hand at a time. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import type { Child } from '../../support/child.js'
import { Example, playsOnApache } from './support/example.js'
import { historyOf } from './support/history.js'
import { leaderOf, until } from './support/until.js'

t.setTimeout(300_000)

const PAGES = 60

t.test('every request is answered once, whatever dies or stands still', async t => {
  const visits = new Map<string, number>()
  const site = createServer((request, response) => {
    visits.set(request.url!, (visits.get(request.url!) ?? 0) + 1)
    response.end('page')
  })
  await new Promise<void>(resolve => site.listen(0, '127.0.0.1', resolve))
  t.teardown(() => site.close())
  const url = `http://127.0.0.1:${(site.address() as AddressInfo).port}`

  const example = await Example.open(t, 'fetching-service')
  const parts = new Map<string, Child>()
  const start = (name: string, script: string) => {
    const part = example.start(name, script)
    parts.set(name, part)
    return part
  }
  const masters = ['master-1', 'master-2', 'master-3'].map(name => start(name, 'master'))
  const fetchers = ['fetcher-1', 'fetcher-2', 'fetcher-3'].map(name => start(name, 'fetcher'))
  await Promise.all(masters.map(master => master.until(/stands by/)))
  await Promise.all(fetchers.map(fetcher => fetcher.until(/is ready/)))
  const leader = () => until(example, 'a master leads', () => leaderOf(example, '/masters'))
  const otherLeader = (before: string) =>
    until(example, 'another master leads', async () => {
      const now = await leaderOf(example, '/masters')
      return now !== before && now
    })

  let customers = 0
  /** A client's order, with something that happens in its midst. */
  const during = async (fault: () => Promise<void>) => {
    const customer = example.start(`client${++customers}`, 'client', `${url}/${customers}`, String(PAGES))
    await customer.until(/has \d+ of/)
    await fault()
    await customer.until(/has all/, 60_000)
    t.equal((await customer.exited).code, 0)
  }

  await during(async () => {
    const name = await leader()
    await parts.get(name)!.end('SIGKILL')
    await otherLeader(name)
    start(name, 'master')
  })
  await during(async () => {
    await fetchers[0].end('SIGKILL')
    await parts.get(await leader())!.until(/takes from the dead/)
    await start('fetcher-1', 'fetcher').until(/is ready/)
  })
  await during(async () => {
    await example.server.kill9()
    await example.server.restart()
  })
  await during(async () => {
    // Past its session: it learns that another one leads, and is a candidate again.
    const name = await leader()
    parts.get(name)!.process.kill('SIGSTOP')
    await otherLeader(name)
    parts.get(name)!.process.kill('SIGCONT')
    await parts.get(name)!.until(/leads no more/)
  })
  await during(async () => {
    fetchers[1].process.kill('SIGSTOP')
    await parts.get(await leader())!.until(/takes from the dead/)
    fetchers[1].process.kill('SIGCONT')
  })

  await Promise.all([...parts.values()].map(part => part.end()))
  t.strictSame(await example.client.getChildren('/requests'), [])
  t.strictSame(await example.client.getChildren('/results'), [])
  await example.server.stop()
  t.equal(visits.size, customers * PAGES, 'every page was visited')

  const answers = new Map<string, number>()
  const hands = new Map<string, Set<string>>()
  let inTwoHands = 0
  const terms: number[] = []
  for (const changes of await historyOf(example.server.dataDir)) {
    for (const { type, path, value } of changes) {
      const [, folder, one, two] = path.split('/')
      if (folder === 'results' && one !== undefined && type === 'written') answers.set(one, (answers.get(one) ?? 0) + 1)
      if (folder === 'requests' && (value as { term?: number })?.term) terms.push((value as { term: number }).term)
      if (folder !== 'assignments' || two === undefined) continue
      const who = hands.get(two) ?? new Set()
      hands.set(two, who)
      if (type === 'written') who.add(one)
      else who.delete(one)
    }
    for (const who of hands.values()) if (who.size > 1) inTwoHands++
  }
  t.equal(answers.size, customers * PAGES)
  t.strictSame([...new Set(answers.values())], [1], 'each was answered once')
  t.equal(inTwoHands, 0, 'each was in one hand at a time')
  t.ok(new Set(terms).size >= 3, 'three masters have led')
  t.strictSame(
    terms,
    [...terms].sort((a, b) => a - b),
    'none has written after the next one had begun',
  )
})

playsOnApache('fetching-service', /All 120 pages were handed in once/)
