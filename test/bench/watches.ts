/**
 * What the two watch dispatchers cost, by the shape of the watches: `npm run bench:watches`.
 *
 * Each row runs in a process of its own, so that neither the heap nor the compiled code of one row serves another.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { BitWatchDispatcher, HashWatchDispatcher, type WatchDispatcher, type Watcher } from '@menagerie/core'

interface Shape {
  readonly name: string
  readonly watchers: number
  readonly paths: number
  /** How many of the paths, one after the other, each watcher watches. */
  readonly each: number
}

const shapes: readonly Shape[] = [
  { name: 'each watcher its own 100 paths', watchers: 3_000, paths: 300_000, each: 100 },
  { name: '3 watchers for each path', watchers: 3_000, paths: 100_000, each: 100 },
  { name: '30 watchers for each path', watchers: 3_000, paths: 10_000, each: 100 },
  { name: '300 watchers for each path', watchers: 3_000, paths: 1_000, each: 100 },
  { name: 'all 3,000 watch 100 paths', watchers: 3_000, paths: 100, each: 100 },
  { name: 'all 100,000 watch 10 paths', watchers: 100_000, paths: 10, each: 10 },
]

const dispatchers: Readonly<Record<string, () => WatchDispatcher>> = {
  hash: () => new HashWatchDispatcher(),
  bits: () => new BitWatchDispatcher(),
}

/** Microseconds of processor for each watch, and its bytes. */
interface Row {
  readonly add: number
  readonly trigger: number
  readonly remove: number
  readonly goodbye: number
  readonly bytes: number
}

function measure(create: () => WatchDispatcher, shape: Shape): Row {
  // Once in small, so that what is measured is compiled.
  run(create, { ...shape, watchers: Math.ceil(shape.watchers / 30) })
  return run(create, shape)
}

function run(create: () => WatchDispatcher, shape: Shape): Row {
  const { watchers: count, paths: pathCount, each } = shape
  const watches = count * each
  const watchers = Array.from({ length: count }, (): Watcher => ({ mayRead: () => true, event() {} }))
  const paths = Array.from({ length: pathCount }, (_, n) => `/services/orders/instances/member-${n}`)
  const pathOf = (watcher: number, n: number) => paths[(watcher * each + n) % pathCount]
  const addAll = (to: WatchDispatcher) => {
    for (let w = 0; w < count; w++) for (let n = 0; n < each; n++) to.add(pathOf(w, n), 'data', watchers[w])
  }
  const dispatcher = create()
  const before = liveBytes()
  const add = timed(watches, () => addAll(dispatcher))
  const bytes = (liveBytes() - before) / watches
  const trigger = timed(watches, () => {
    for (const path of paths) dispatcher.dataChanged(path, 1, -1)
  })
  addAll(dispatcher)
  const remove = timed(watches, () => {
    for (let w = 0; w < count; w++) for (let n = 0; n < each; n++) dispatcher.remove(pathOf(w, n), 'data', watchers[w])
  })
  addAll(dispatcher)
  const goodbye = timed(watches, () => {
    for (const watcher of watchers) dispatcher.removeWatcher(watcher)
  })
  if (!dispatcher.isEmpty) throw new Error('watches are left')
  return { add, trigger, remove, goodbye, bytes }
}

function timed(operations: number, body: () => void): number {
  globalThis.gc!()
  const start = process.cpuUsage()
  body()
  const { user, system } = process.cpuUsage(start)
  return (user + system) / operations
}

function liveBytes(): number {
  globalThis.gc!()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

function inChild(dispatcher: string, shape: number): Row {
  const script = fileURLToPath(import.meta.url)
  const child = spawnSync(process.execPath, ['--expose-gc', script, dispatcher, String(shape)], { encoding: 'utf8' })
  if (child.status !== 0) throw new Error(child.stderr)
  return JSON.parse(child.stdout) as Row
}

function print(): void {
  console.log('Microseconds of processor for each watch; bytes for each watch, beside path and watcher.\n')
  console.log('| watches | tables | add | trigger | remove | watcher goes | bytes |')
  console.log('|---|---|---|---|---|---|---|')
  for (const [index, shape] of shapes.entries()) {
    for (const dispatcher of Object.keys(dispatchers)) {
      const { add, trigger, remove, goodbye, bytes } = inChild(dispatcher, index)
      const times = [add, trigger, remove, goodbye].map(time => time.toFixed(3)).join(' | ')
      console.log(`| ${shape.name} | ${dispatcher} | ${times} | ${bytes.toFixed(1)} |`)
    }
  }
}

const [, , dispatcher, shape] = process.argv
if (dispatcher === undefined) print()
else console.log(JSON.stringify(measure(dispatchers[dispatcher], shapes[Number(shape)])))
