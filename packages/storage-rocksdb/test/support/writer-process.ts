/** Writes until it is killed, and says after each step what is durable. */
import { record } from '@menagerie/core/contract'
import { rocksLog, rocksSnapshotter } from './media.js'

const [task, path, argument] = process.argv.slice(2) as [string, string, string?]

const say = (text: string): void => void process.stdout.write(`${text}\n`)

/** Records one by one, each with a flush of its own. */
async function write(count: number): Promise<void> {
  const log = rocksLog(path)
  let zxid = await log.open()
  for (const end = zxid + count; zxid < end; ) {
    log.append(record(++zxid, 5000))
    await log.sync()
  }
  say('done')
}

/** Records without end, with several flushes asked for at once; now and then the newest ones are taken back. */
async function pipeline(): Promise<void> {
  const log = rocksLog(path)
  let zxid = await log.open()
  say(`opened ${zxid}`)
  for (let round = 1; ; round++) {
    const syncs: Promise<void>[] = []
    for (let i = 0; i < 20; i++) {
      for (let k = 0; k <= i % 7; k++) log.append(record(++zxid, (zxid * 37) % 3000))
      syncs.push(log.sync().then(durable => say(`durable ${durable}`)))
    }
    await Promise.all(syncs)
    if (round % 5 !== 0) continue
    say(`truncating ${zxid - 10}`)
    await log.truncateAfter(zxid - 10)
    zxid -= 10
    say(`truncated ${zxid}`)
    await log.setAcceptedEpoch(round)
    say(`epoch ${round}`)
    await log.purgeThrough(zxid - 500)
  }
}

/** Snapshots without end. */
async function snapshots(): Promise<void> {
  const snapshotter = rocksSnapshotter(path)
  await snapshotter.open()
  const [newest] = await snapshotter.list()
  say('opened')
  for (let zxid = (newest?.zxid ?? 0) + 1; ; zxid++) {
    async function* body(): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 30; i++) yield new Uint8Array(100_000).fill(zxid + i)
    }
    await snapshotter.write(zxid, { body: body(), trailers: () => [new Uint8Array(20).fill(zxid)] })
    say(`snapshot ${zxid}`)
    if (zxid % 3 === 0) await snapshotter.purge(2)
  }
}

if (task === 'write') await write(Number(argument))
else if (task === 'pipeline') await pipeline()
else await snapshots()
// The database stays open: whoever started this process kills it.
setInterval(() => {}, 1000)
