/** Broken dispatchers: the kit earns trust by failing each of them. */
import { HashWatchDispatcher, type WatchDispatcher, type Watcher, type WatchKind } from '@menagerie/core'
import { watchDispatcherContract } from '@menagerie/core/contract'
import t from 'tap'

/** Runs the kit and gives the names of the tests that failed. */
async function failures(create: () => WatchDispatcher): Promise<string[]> {
  const tests: Array<[string, () => Promise<void>]> = []
  watchDispatcherContract((name, body) => tests.push([name, body]), create)
  const failed: string[] = []
  for (const [name, body] of tests) await body().catch(() => failed.push(name))
  return failed
}

/** Asks everyone's permission in vain. */
class IgnoresAcls extends HashWatchDispatcher {
  override add(path: string, kind: WatchKind, watcher: Watcher): boolean {
    return super.add(path, kind, unfiltered(watcher))
  }
}

const wrappers = new WeakMap<Watcher, Watcher>()
function unfiltered(watcher: Watcher): Watcher {
  const known = wrappers.get(watcher) ?? { ...watcher, mayRead: () => true, event: watcher.event.bind(watcher) }
  wrappers.set(watcher, known)
  return known
}

/** 3.6's fault: recursive watchers hear of changed children. */
class TellsRecursiveOfChildren extends HashWatchDispatcher {
  readonly #recursive = new Map<string, Set<Watcher>>()
  override add(path: string, kind: WatchKind, watcher: Watcher): boolean {
    if (kind === 'persistentRecursive') this.#recursive.set(path, (this.#recursive.get(path) ?? new Set()).add(watcher))
    return super.add(path, kind, watcher)
  }
  override childrenChanged(parentPath: string, zxid: number, acl: number): void {
    super.childrenChanged(parentPath, zxid, acl)
    for (const watcher of this.#recursive.get(parentPath) ?? []) watcher.event(4, parentPath, zxid)
  }
}

/** Tells data and child watchers of a deletion one after the other. */
class TellsOfDeletionTwice extends HashWatchDispatcher {
  readonly #children = new HashWatchDispatcher()
  override add(path: string, kind: WatchKind, watcher: Watcher): boolean {
    return (kind === 'child' ? this.#children : { add: super.add.bind(this) }).add(path, kind, watcher)
  }
  override childrenChanged(parentPath: string, zxid: number, acl: number): void {
    super.childrenChanged(parentPath, zxid, acl)
    this.#children.childrenChanged(parentPath, zxid, acl)
  }
  override deleted(path: string, zxid: number, acl: number): void {
    super.deleted(path, zxid, acl)
    this.#children.deleted(path, zxid, acl)
  }
}

class KeepsOneShots extends HashWatchDispatcher {
  readonly #data = new Map<string, Watcher>()
  override add(path: string, kind: WatchKind, watcher: Watcher): boolean {
    if (kind === 'data') this.#data.set(path, watcher)
    return super.add(path, kind, watcher)
  }
  override dataChanged(path: string, zxid: number, acl: number): void {
    super.dataChanged(path, zxid, acl)
    const watcher = this.#data.get(path)
    if (watcher) super.add(path, 'data', watcher)
  }
}

class ForgetsPersistent extends HashWatchDispatcher {
  override add(path: string, kind: WatchKind, watcher: Watcher): boolean {
    return super.add(path, kind === 'persistent' ? 'data' : kind, watcher)
  }
}

class MatchesPrefixes extends HashWatchDispatcher {
  override dataChanged(path: string, zxid: number, acl: number): void {
    super.dataChanged(path, zxid, acl)
    const shorter = path.slice(0, -1)
    if (shorter.length > 1) super.dataChanged(shorter, zxid, acl)
  }
}

class LeavesWatchesOfTheGone extends HashWatchDispatcher {
  override removeWatcher(): void {}
}

class AnswersAddWrongly extends HashWatchDispatcher {
  override add(path: string, kind: WatchKind, watcher: Watcher): boolean {
    super.add(path, kind, watcher)
    return true
  }
}

class RemovesByPathAlone extends HashWatchDispatcher {
  override remove(path: string, kind: WatchKind, watcher: Watcher): boolean {
    const kinds: WatchKind[] = ['data', 'child', 'persistent', 'persistentRecursive']
    return kinds.map(each => super.remove(path, each, watcher)).includes(true) && kind !== undefined
  }
}

class CountsTables extends HashWatchDispatcher {
  override get watchCount(): number {
    return this.summary().watches
  }
}

for (const Mutant of [
  IgnoresAcls,
  TellsRecursiveOfChildren,
  TellsOfDeletionTwice,
  KeepsOneShots,
  ForgetsPersistent,
  MatchesPrefixes,
  LeavesWatchesOfTheGone,
  AnswersAddWrongly,
  RemovesByPathAlone,
  CountsTables,
]) {
  t.test(`the kit fails a dispatcher that is broken: ${Mutant.name}`, async t => {
    const failed = await failures(() => new Mutant())
    t.ok(failed.length > 0, `failed: ${failed.join('; ') || 'nothing'}`)
  })
}

t.test('the kit passes the dispatcher that the mutants derive from', async t => {
  t.strictSame(await failures(() => new HashWatchDispatcher()), [])
})
