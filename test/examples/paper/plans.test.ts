/** What the examples' masters and brokers decide, as functions. */
import t from 'tap'

/** This file runs from test/dist/examples/paper; the examples are a project of their own. */
const load = (file: string) => import(new URL(`../../../../examples/paper/dist/${file}`, import.meta.url).href)

interface Request {
  readonly name: string
  readonly fetcher?: string
}
type Fetching = (requests: Request[], fetchers: string[], perFetcher: number) => { request: Request; to: string }[]
type Indexing = (
  shards: string[],
  assigned: Map<string, string>,
  alive: string[],
) => { shard: string; from?: string; to: string }[]
interface Topic {
  readonly name: string
  readonly replicas: string[]
  readonly primary?: string
  readonly backup?: string
}
interface Domain {
  readonly alive: string[]
  readonly disabled: string[]
  readonly migrationProhibited: boolean
}
type Decide = (me: string, topic: Topic, domain: Domain) => string

t.test('requests go to the fetchers with the least to do, up to their limit, and leave dead ones', async t => {
  const { plan } = (await load('fetching-service/plan.js')) as { plan: Fetching }
  const requests = [{ name: 'a', fetcher: 'one' }, { name: 'b', fetcher: 'dead' }, { name: 'c' }, { name: 'd' }]
  const moves = (fetchers: string[], limit: number) =>
    plan(requests, fetchers, limit).map(({ request, to }) => `${request.name} ${to}`)
  t.strictSame(moves(['one', 'two'], 2), ['b two', 'c one', 'd two'])
  t.strictSame(moves(['one', 'two'], 1), ['b two'])
  t.strictSame(moves([], 5), [])
})

t.test('shards of dead workers go to those with the fewest, the rest stays but for evening out', async t => {
  const { plan } = (await load('sharded-indexer/plan.js')) as { plan: Indexing }
  const shards = ['1', '2', '3', '4']
  const moves = (assigned: Record<string, string>, alive: string[]) =>
    plan(shards, new Map(Object.entries(assigned)), alive).map(({ shard, from, to }) => `${shard} ${from} ${to}`)
  t.strictSame(moves({}, ['a', 'b']), ['1 undefined a', '2 undefined b', '3 undefined a', '4 undefined b'])
  t.strictSame(moves({ 1: 'a', 2: 'b', 3: 'a', 4: 'b' }, ['a', 'b']), [])
  t.strictSame(moves({ 1: 'a', 2: 'a', 3: 'gone', 4: 'b' }, ['a', 'b']), ['3 gone b'])
  t.strictSame(moves({ 1: 'a', 2: 'a', 3: 'a', 4: 'a' }, ['a', 'b']), ['4 a b', '3 a b'])
  t.strictSame(moves({ 1: 'a' }, []), [])
})

t.test('topics: only who has the messages leads, and the disabled make way once others have them', async t => {
  const { decide, ranking } = (await load('message-broker/placement.js')) as {
    decide: Decide
    ranking: (topic: string, brokers: string[]) => string[]
  }
  const name = 'weather'
  const alive = ['x', 'y', 'z']
  const [first, second, third] = ranking(name, alive)
  const domain: Domain = { alive, disabled: [], migrationProhibited: false }
  const all = (topic: Omit<Topic, 'name'>, changed: Partial<Domain> = {}) =>
    [first, second, third].map(me => decide(me, { name, ...topic }, { ...domain, ...changed })).join(' ')

  t.equal(all({ replicas: [] }), 'lead stay stay', 'a new topic')
  t.equal(all({ replicas: [third] }), 'stay stay lead', 'the messages are where they are')
  t.equal(all({ replicas: [third] }, { disabled: [third] }), 'stay stay lead', 'even on a disabled broker')
  t.equal(all({ replicas: [second] }, { alive: [first, third] }), 'stay stay stay', 'or nowhere, as long as it is away')
  t.equal(all({ replicas: [first], primary: first }), 'stay follow stay', 'the next best copies')
  t.equal(all({ replicas: [first], primary: first, backup: second }), 'stay stay stay')
  const settled = { replicas: [first, second], primary: first, backup: second }
  t.equal(all(settled, { disabled: [second] }), 'stay leave stay')
  t.equal(all(settled, { disabled: [first] }), 'resign stay stay', 'the backup has everything')
  t.equal(all({ ...settled, replicas: [first] }, { disabled: [first] }), 'stay stay stay', 'not yet')
  const away = { replicas: [second, third], primary: second, backup: third }
  t.equal(all(away), 'stay stay leave', 'a better broker has come')
  t.equal(all(away, { migrationProhibited: true }), 'stay stay stay')
  t.equal(all(away, { migrationProhibited: true, disabled: [third] }), 'stay stay leave')
})
