import { silentLogger } from '@menagerie/core'
import { type BatchWriter, GroupCommit, LogLife } from '@menagerie/core/storage'
import t from 'tap'

/** Zxids; each counts as a megabyte. */
class Zxids {
  zxids: number[] = []

  get length(): number {
    return this.zxids.length * 1024 * 1024
  }

  get last(): number {
    return this.zxids.at(-1) ?? 0
  }
}

/** A medium whose writes end when the test says so. */
class Medium implements BatchWriter<Zxids> {
  readonly written: number[][] = []
  private readonly ends: { resolve(): void; reject(error: Error): void }[] = []
  now = false

  async write(batch: Zxids): Promise<void> {
    this.written.push(batch.zxids)
    await new Promise<void>((resolve, reject) => this.ends.push({ resolve, reject }))
    batch.zxids = []
  }

  writeNow(batch: Zxids, alone: boolean): boolean {
    if (!this.now || !alone) return false
    this.written.push(batch.zxids)
    batch.zxids = []
    return true
  }

  end(error?: Error): void {
    const { resolve, reject } = this.ends.shift()!
    if (error) reject(error)
    else resolve()
  }
}

function commitOn(medium: Medium) {
  const life = new LogLife('/data', silentLogger, cause => (cause as Error).message)
  life.opened()
  const commit = new GroupCommit(
    () => new Zxids(),
    medium,
    error => life.fail(error),
  )
  const add = (...zxids: number[]) => {
    for (const zxid of zxids) {
      commit.filling.zxids.push(zxid)
      commit.added()
    }
  }
  return { commit, add, life }
}

t.test('what is added while a write is under way goes with the next one, and syncs resolve in call order', async t => {
  const medium = new Medium()
  const { commit, add } = commitOn(medium)
  const order: number[] = []
  const sync = () => commit.sync().then(zxid => void order.push(zxid))
  t.equal(await commit.sync(), 0, 'an empty log is durable')
  add(1, 2)
  const first = sync()
  const shared = sync()
  add(3)
  const second = sync()
  t.strictSame(medium.written, [[1, 2]])
  medium.end()
  await first
  t.strictSame(medium.written, [[1, 2], [3]])
  t.equal(commit.durable, 2)
  medium.end()
  await Promise.all([shared, second])
  t.strictSame(order, [2, 2, 3])
})

t.test('a write begins by itself once much is queued, and draining waits for it', async t => {
  const medium = new Medium()
  const { commit, add } = commitOn(medium)
  add(1, 2, 3, 4)
  t.strictSame(medium.written, [])
  add(5)
  t.strictSame(medium.written, [[1, 2, 3, 4, 5]])
  const drained = commit.drain()
  medium.end()
  await drained
  t.equal(commit.durable, 5)
})

t.test('a batch is written on the calling thread where the medium does so', async t => {
  const medium = new Medium()
  medium.now = true
  const { commit, add } = commitOn(medium)
  add(1)
  t.equal(await commit.sync(true), 1)
  t.strictSame(medium.written, [[1]])
  add(2)
  const sync = commit.sync(false)
  medium.end()
  t.equal(await sync, 2)
})

t.test('after a failed write nothing more is written, and all who wait are told alike', async t => {
  const medium = new Medium()
  const { commit, add, life } = commitOn(medium)
  add(1)
  const first = commit.sync()
  add(2)
  const second = commit.sync()
  medium.end(new Error('EIO'))
  const failure = { code: 'LOG_IO', message: 'the log in /data failed and takes nothing more: EIO' }
  await t.rejects(first, failure)
  await t.rejects(second, failure)
  t.strictSame(medium.written, [[1]])
  t.equal(commit.durable, 0)
  t.throws(() => life.check(), failure)
  t.ok(life.hasFailed)
  t.ok(life.closed())
  t.throws(() => life.check(), { code: 'LOG_CLOSED' })
  t.notOk(life.closed(), 'closed already')
})
