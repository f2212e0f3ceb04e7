/** A master: stands by until it is elected, then keeps every shard assigned to a worker that lives. */
import { type Client, MultiError, TreeCache } from '@menagerie/client'
import { Group, LeaderElection, type Term } from '@menagerie/recipes'
import { combineLatest, map, startWith } from 'rxjs'
import { runPart } from '../support/part.js'
import { reconcile, unlessAborted } from '../support/reconcile.js'
import { assignments, childrenIn, paths, prepare, shards } from './layout.js'
import { type Move, plan } from './plan.js'

await runPart(async ({ client, id, signal }) => {
  await prepare(client)
  console.log('stands by')
  for await (const term of new LeaderElection(client, paths.masters, { id }).terms({ signal })) {
    console.log('leads')
    await lead(client, term).catch(unlessAborted(term.signal))
    console.log('leads no more')
  }
})

async function lead(client: Client, term: Term): Promise<void> {
  const { signal } = term
  await using index = await TreeCache.open(client, paths.shards, { signal })
  await using assigned = await TreeCache.open(client, paths.assignments, { signal })
  const state$ = combineLatest([
    new Group(client, paths.workers).members$,
    index.changes$.pipe(startWith(undefined)),
    assigned.changes$.pipe(startWith(undefined)),
  ])
  const moves$ = state$.pipe(
    map(([members]) => {
      const present = childrenIn(assigned, assignments)
      const workers = new Map([...present].map(([shard, { worker }]) => [shard, worker]))
      const versions = new Map([...present].map(([shard, { node }]) => [shard, node.stat.version]))
      const names = [...childrenIn(index, shards).keys()].sort()
      const alive = members.map(({ id }) => id)
      return { versions, moves: plan(names, workers, alive) }
    }),
  )
  await reconcile(client, moves$, ({ versions, moves }) => carryOut(term, versions, moves), signal)
}

/**
 * In one transaction. The server refuses it when another master leads (it begins with a check of the term), and when an
 * assignment is not what the plan was made from (its version).
 */
async function carryOut(term: Term, versions: ReadonlyMap<string, number>, moves: readonly Move[]): Promise<void> {
  if (moves.length === 0) return
  const multi = term.multi()
  for (const { shard, to } of moves) {
    const path = `${paths.assignments}/${shard}`
    const data = assignments.encode({ worker: to, term: term.fencingToken })
    const version = versions.get(shard)
    if (version === undefined) multi.create(path, data)
    else multi.setData(path, data, version)
  }
  try {
    await multi.commit()
  } catch (error) {
    if (error instanceof MultiError && error.index === 0) console.log('is refused: another master leads')
    throw error
  }
  for (const { shard, from, to } of moves)
    console.log(from === undefined ? `${shard} to ${to}` : `${shard} from ${from} to ${to}`)
}
