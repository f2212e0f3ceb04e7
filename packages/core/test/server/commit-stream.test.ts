import { type CommitSource, commitsFrom, type LoggedTransaction, MemoryLog, makeZxid, type Zxid } from '@menagerie/core'
import { JuteWriter } from '@menagerie/core/jute'
import { Subject } from 'rxjs'
import t from 'tap'
import { type Txn, writeTxn } from '../../dist/tree/txn.js'

const txn: Txn = { type: 5, path: '/a', data: null, version: 1 }

/** A server's log and commits, without the server. */
class Commits implements CommitSource {
  readonly log: MemoryLog
  readonly live$ = new Subject<LoggedTransaction>()
  applied: Zxid = 0
  snapshotZxids: Zxid[] = [0]
  reads = 0

  private constructor(log: MemoryLog) {
    this.log = log
  }

  static async open(): Promise<Commits> {
    const log = new MemoryLog()
    await log.open()
    const commits = new Commits(log)
    const read = log.read.bind(log)
    log.read = from => {
      commits.reads++
      return read(from)
    }
    return commits
  }

  lastApplied(): Zxid {
    return this.applied
  }

  async snapshots(): Promise<readonly Zxid[]> {
    return this.snapshotZxids
  }

  append(zxid: Zxid): void {
    const writer = new JuteWriter()
    writeTxn(writer, headerOf(zxid), txn, null)
    this.log.append({ zxid, bytes: writer.take() })
  }

  apply(zxid: Zxid): void {
    this.applied = zxid
    this.live$.next({ header: headerOf(zxid), txn })
  }

  commit(...zxids: Zxid[]): void {
    for (const zxid of zxids) {
      this.append(zxid)
      this.apply(zxid)
    }
  }
}

const headerOf = (zxid: Zxid) => ({ clientHigh: 0, clientLow: 0, cxid: 0, zxid, timeMs: 0 })

function range(from: number, until: number): number[] {
  return Array.from({ length: until - from }, (_, n) => from + n)
}

/** Takes this many, then leaves. */
async function take(stream: AsyncIterable<LoggedTransaction>, count: number): Promise<Zxid[]> {
  const zxids: Zxid[] = []
  for await (const { header } of stream) {
    zxids.push(header.zxid)
    if (zxids.length === count) break
  }
  return zxids
}

/** The stream for a loop that leaves it open. */
const kept = (stream: AsyncIterator<LoggedTransaction>) => ({
  [Symbol.asyncIterator]: () => ({ next: () => stream.next() }),
})

t.test('out of the log, then live, without a gap or repetition', async t => {
  const commits = await Commits.open()
  commits.commit(...range(1, 51))
  const stream = commitsFrom(commits, 11)
  const first = await take(kept(stream), 20)
  t.strictSame(first, range(11, 31))
  commits.commit(...range(51, 61))
  const rest = take(stream, 40)
  commits.commit(...range(61, 71))
  t.strictSame(await rest, range(31, 71))
  t.notOk(commits.live$.observed, 'leaving the loop releases the subscription')
})

t.test('what is logged and not committed is not told before it is', async t => {
  const commits = await Commits.open()
  commits.commit(1, 2)
  commits.append(3)
  const stream = commitsFrom(commits, 1)
  t.equal((await stream.next()).value!.header.zxid, 1)
  t.equal((await stream.next()).value!.header.zxid, 2)
  const third = stream.next()
  let told = false
  void third.then(() => {
    told = true
  })
  await new Promise(resolve => setImmediate(resolve))
  t.equal(told, false)
  commits.apply(3)
  t.equal((await third).value!.header.zxid, 3)
  await stream.return()
})

t.test('a consumer that falls behind is served from the log, and memory stays bounded', async t => {
  const commits = await Commits.open()
  commits.commit(1)
  const stream = commitsFrom(commits, 1, { windowMax: 8 })
  t.equal((await stream.next()).value!.header.zxid, 1)
  for (let round = 0; round < 5; round++) {
    const start = 2 + round * 100
    commits.commit(...range(start, start + 100))
    t.strictSame(await take(kept(stream), 100), range(start, start + 100))
  }
  t.ok(commits.reads >= 5)
  await stream.return()
})

t.test('commits that come while the log is read, at every point', async t => {
  for (let pause = 0; pause < 60; pause++) {
    const commits = await Commits.open()
    commits.commit(...range(1, 31))
    const stream = commitsFrom(commits, 1, { windowMax: 4 })
    const zxids: Zxid[] = []
    let next = 31
    for await (const { header } of stream) {
      zxids.push(header.zxid)
      if (zxids.length >= pause && next < 61) commits.commit(next++)
      if (header.zxid === 60) break
      // Those that pause beyond the end of the log would wait for ever.
      if (zxids.length === 30 && pause > 30) {
        commits.commit(...range(next, 61))
        next = 61
      }
    }
    t.strictSame(zxids, range(1, 61), `from ${pause} on`)
  }
})

t.test('a start in the future waits for it', async t => {
  const commits = await Commits.open()
  commits.commit(1, 2)
  const taken = take(commitsFrom(commits, 5), 2)
  await new Promise(resolve => setImmediate(resolve))
  commits.commit(3, 4, 5, 6)
  t.strictSame(await taken, [5, 6])
})

t.test('it ends when the server stops, after all that was committed', async t => {
  const commits = await Commits.open()
  commits.commit(1, 2)
  const taken = take(commitsFrom(commits, 1), Number.POSITIVE_INFINITY)
  await new Promise(resolve => setImmediate(resolve))
  commits.commit(3)
  commits.live$.complete()
  t.strictSame(await taken, [1, 2, 3])
})

t.test('a new epoch is no gap', async t => {
  const commits = await Commits.open()
  const zxids = [makeZxid(1, 1), makeZxid(1, 2), makeZxid(2, 1), makeZxid(5, 1), makeZxid(5, 2)]
  commits.commit(...zxids)
  t.strictSame(await take(commitsFrom(commits, 0), 5), zxids)
  t.strictSame(await take(commitsFrom(commits, makeZxid(1, 3)), 3), zxids.slice(2))
})

t.test('a log that was purged is told, rather than begun in the middle', async t => {
  const commits = await Commits.open()
  commits.commit(...range(1, 21))
  await commits.log.sync()
  await commits.log.purgeThrough(10)
  const message = /after zxid 0x4 are not in this server's log \(the next one is 0xb\)/
  await t.rejects(take(commitsFrom(commits, 5), 1), { code: 'COMMITS_MISSING', message })
  t.strictSame(await take(commitsFrom(commits, 11), 10), range(11, 21))
})

t.test('a log without what a snapshot brought is told, within an epoch and between two', async t => {
  const within = await Commits.open()
  within.commit(1, 2, 8)
  await t.rejects(take(commitsFrom(within, 1), 3), { code: 'COMMITS_MISSING' })
  const between = await Commits.open()
  between.commit(makeZxid(1, 1), makeZxid(2, 1))
  between.snapshotZxids = [0, makeZxid(1, 80)]
  await t.rejects(take(commitsFrom(between, 1), 2), { code: 'COMMITS_MISSING' })
  const empty = await Commits.open()
  empty.applied = 7
  await t.rejects(take(commitsFrom(empty, 1), 1), { code: 'COMMITS_MISSING', message: /it ends there/ })
})

t.test('a snapshot that replaces the tree while the stream waits is a hole, and a new epoch is none', async t => {
  const commits = await Commits.open()
  commits.commit(makeZxid(1, 1), makeZxid(1, 2))
  const stream = commitsFrom(commits, makeZxid(1, 1))
  t.strictSame(await take(kept(stream), 2), [makeZxid(1, 1), makeZxid(1, 2)])
  const waiting = stream.next()
  await new Promise(resolve => setImmediate(resolve))
  commits.commit(makeZxid(2, 1))
  t.equal((await waiting).value!.header.zxid, makeZxid(2, 1))
  const after = stream.next()
  await new Promise(resolve => setImmediate(resolve))
  commits.applied = makeZxid(2, 80)
  commits.commit(makeZxid(2, 81))
  await t.rejects(after, { code: 'COMMITS_MISSING' })
})
