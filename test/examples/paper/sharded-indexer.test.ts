/** The sharded indexer: whatever dies or stands still, every shard comes to one worker that lives, by order of one master. */
import t from 'tap'
import type { Child } from '../../support/child.js'
import { Example, playsOnApache } from './support/example.js'
import { historyOf } from './support/history.js'
import { childrenOf, leaderOf, until } from './support/until.js'

t.setTimeout(300_000)

const SHARDS = 6
const DOCUMENTS = 200

interface Assignment {
  readonly worker: string
  readonly term: number
}

t.test('every shard comes to one living worker, whatever dies or stands still', async t => {
  const example = await Example.open(t, 'sharded-indexer')
  const parts = new Map<string, Child>()
  const start = (name: string) => {
    const part = example.start(name, name.split('-')[0])
    parts.set(name, part)
    return part
  }
  const alive = new Set(['worker-1', 'worker-2', 'worker-3'])
  const masters = ['master-1', 'master-2'].map(start)
  await Promise.all([...masters, ...[...alive].map(start)].map(part => part.until(/stands by|is ready/)))
  for (let n = 0; n < SHARDS; n++) {
    const bound = (k: number) => Math.round((k * DOCUMENTS) / SHARDS)
    const shard = { from: bound(n), to: bound(n + 1) }
    await example.client.create(`/shards/shard-${n + 1}`, Buffer.from(JSON.stringify(shard)))
  }

  /** All shards are assigned, to these workers evenly, and served by those whom they are assigned to. */
  const settled = () =>
    until(example, `settled on ${[...alive]}`, async () => {
      const assigned = await childrenOf<Assignment>(example, '/assignments')
      const serving = await childrenOf<Assignment>(example, '/serving')
      const loads = new Map([...alive].map(worker => [worker, 0]))
      for (const [shard, { worker }] of assigned) {
        const load = loads.get(worker)
        if (load === undefined || serving.get(shard)?.worker !== worker) return false
        loads.set(worker, load + 1)
      }
      const counts = [...loads.values()]
      return assigned.size === SHARDS && Math.max(...counts) - Math.min(...counts) < 2
    })
  const kill = async (name: string) => {
    alive.delete(name)
    await parts.get(name)!.end('SIGKILL')
  }
  const leader = () => until(example, 'a master leads', () => leaderOf(example, '/masters'))
  const otherLeader = (before: string) =>
    until(example, 'another master leads', async () => {
      const now = await leaderOf(example, '/masters')
      return now !== before && now
    })
  await settled()

  await kill('worker-1')
  await settled()

  // The master cannot see what happens while it is dead; the next one does.
  const first = await leader()
  await kill(first)
  await kill('worker-2')
  alive.add('worker-1')
  start('worker-1')
  await otherLeader(first)
  await settled()
  start(first)

  await example.server.kill9()
  alive.add('worker-2')
  start('worker-2')
  await example.server.restart()
  await settled()

  // Past its session, in which the workers change: what it knows is old when it goes on.
  const second = await leader()
  parts.get(second)!.process.kill('SIGSTOP')
  await kill('worker-3')
  await otherLeader(second)
  await settled()
  parts.get(second)!.process.kill('SIGCONT')
  await parts.get(second)!.until(/leads no more/)

  parts.get('worker-1')!.process.kill('SIGSTOP')
  alive.delete('worker-1')
  await settled()
  parts.get('worker-1')!.process.kill('SIGCONT')
  alive.add('worker-1')
  await settled()

  const documents = Array.from({ length: DOCUMENTS }, (_, n) => n).filter(n => n % 7 === 4).length
  const searcher = example.start('searcher', 'searcher', 'quorum')
  await searcher.until(new RegExp(`quorum: ${documents} documents in ${SHARDS} of ${SHARDS} shards`))

  await Promise.all([...parts.values(), searcher].map(part => part.end()))
  await example.server.stop()
  const terms: number[] = []
  const assigned = new Map<string, string>()
  const serving = new Map<string, string>()
  const wrong: string[] = []
  for (const { type, path, value } of (await historyOf(example.server.dataDir)).flat()) {
    const [, folder, shard] = path.split('/')
    if (shard === undefined) continue
    if (folder === 'assignments') {
      const { worker, term } = value as Assignment
      terms.push(term)
      assigned.set(shard, worker)
    } else if (folder === 'serving' && type === 'deleted') {
      serving.delete(shard)
    } else if (folder === 'serving') {
      const { worker } = value as Assignment
      if (serving.has(shard) || assigned.get(shard) !== worker) wrong.push(`${shard} is announced by ${worker}`)
      serving.set(shard, worker)
    }
  }
  t.strictSame(wrong, [], 'none announces what is not assigned to it, or what another one serves')
  t.ok(new Set(terms).size >= 3, 'three masters have assigned')
  t.strictSame(
    terms,
    [...terms].sort((a, b) => a - b),
    'none has assigned after the next one had begun',
  )
})

playsOnApache('sharded-indexer', /quorum: 28 documents in 6 of 6 shards/)
