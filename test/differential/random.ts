import type { Actor } from '../support/actor.js'
import { acl, type Operation, op } from '../support/requests.js'
import type { Stage } from './scenario.js'

/** A small generator with a seed (mulberry32), so that a failing sequence can be played again. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** Gives one of these at each call, by their weights. */
export function chooser<T>(random: () => number, weighted: readonly (readonly [weight: number, item: T])[]): () => T {
  const total = weighted.reduce((sum, [weight]) => sum + weight, 0)
  return () => {
    let left = random() * total
    return (weighted.find(([weight]) => (left -= weight) < 0) ?? weighted[0])[1]
  }
}

/** What a client does. */
export type Act = (who: Actor) => Promise<unknown>

export interface RandomOptions {
  seed: number
  operations: number
  /** Leaves out what Debian's 3.8.0 answers otherwise, so that two running servers can be compared. */
  cautious?: boolean
}

/**
 * Operations of three sessions on few paths, so that they meet: on nodes that are there, gone, full or
 * made anew, with watches of all kinds. At the end every node of the tree is read with its Stat and ACL.
 */
export async function playRandom(s: Stage, { seed, operations, cautious = false }: RandomOptions): Promise<void> {
  const random = seeded(seed)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]
  const chance = (share: number) => random() < share
  const names = ['/t/a', '/t/b', '/t/a/x', '/t/a/y', '/t/b/x', '/t/a/x/deep', '/t/a/x/deep/er']
  const path = () => pick(names)
  const version = () => pick([-1, -1, -1, 0, 1, 2])
  const data = () => pick(['', 'd', 'some data', null])
  const flags = () => pick([0, 0, 0, 1, 2, 3, 4])
  const list = () =>
    pick([
      undefined,
      undefined,
      undefined,
      [acl(31, 'world', 'anyone')],
      [acl(cautious ? 7 : 6, 'world', 'anyone'), acl(31, 'auth', '')],
      [acl(cautious ? 27 : 24, 'world', 'anyone')],
    ])
  const inMulti = (): Operation => {
    const choice = Math.floor(random() * (cautious ? 5 : 6))
    if (choice === 0) return op.create(path(), { data: data(), flags: flags() })
    if (choice === 1) return op.setData(path(), data(), version())
    if (choice === 2) return op.delete(path(), version())
    if (choice === 3) return op.check(path(), version())
    if (choice === 4) return op.createContainer(path())
    return op.create2(path(), { data: data(), flags: flags() })
  }
  const choose = chooser<Act>(random, [
    [10, who => who.create(path(), { data: data(), flags: flags(), acl: list() })],
    [6, who => who.create2(path(), { data: data(), flags: flags() })],
    [2, who => who.createContainer(path())],
    [8, who => who.delete(path(), version())],
    [8, who => who.setData(path(), data(), version())],
    [2, who => who.setAcl(path(), list() ?? [acl(31, 'world', 'anyone')], version())],
    [2, who => who.getAcl(path())],
    [5, who => who.getData(path(), chance(0.5))],
    [5, who => who.exists(path(), chance(0.5))],
    [5, who => who.getChildren2(path(), chance(0.5))],
    [5, who => who.multi(...Array.from({ length: 1 + Math.floor(random() * 4) }, inMulti))],
    [2, who => who.multiRead(op.getData(path()), op.getChildren(path()))],
    [1, who => who.getEphemerals('/t')],
    [1, who => who.getAllChildrenNumber(path())],
    [1, who => who.sync(path())],
    [cautious ? 0 : 2, who => who.addWatch(path(), pick([0, 1]))],
    [cautious ? 0 : 1, who => who.removeWatches(path(), pick([1, 2, 3, 4, 5]))],
    [1, who => who.auth('digest', 'user:password')],
  ])

  let generation = 0
  const actors = [await s.client('a'), await s.client('b'), await s.client('c')]
  if (cautious) await actors[0].addWatch('/t', 1)
  for (let i = 0; i < operations; i++) {
    const who = Math.floor(random() * actors.length)
    const fate = random()
    if (fate < 0.01) {
      await actors[who].close()
      actors[who] = await s.client(`${'abc'[who]}${++generation}`)
    } else if (fate < 0.02) {
      actors[who].drop()
      await actors[who].reconnect()
    } else {
      await choose()(actors[who])
    }
    for (const actor of actors) await actor.barrier()
  }
  const reader = await s.client('reader')
  await reader.auth('digest', 'super:test')
  const known = new Set(['/t', ...names])
  for (const node of known) {
    await reader.getData(node)
    await reader.getAcl(node)
    await reader.getChildren2(node)
  }
}
