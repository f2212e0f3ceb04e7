/** Real processes, killed while they write: nothing that was durable may be missing, nothing may be half there. */
import { join } from 'node:path'
import { record } from '@menagerie/core/contract'
import t from 'tap'
import { startWriter } from './support/child.js'
import { rocksLog, rocksSnapshotter, temporaryFolder } from './support/media.js'

t.setTimeout(600_000)
const ROUNDS = 8

/** Numbers that rise and fall without pattern, the same in each run. */
const after = (round: number): number => 3 + ((round * 7919) % 140)

/** The last value that a word was said with. */
function last(lines: readonly string[], word: string): number | undefined {
  const line = [...lines].reverse().find(line => line.startsWith(`${word} `))
  return line === undefined ? undefined : Number(line.split(' ')[1])
}

t.test('a log whose process is killed has every record that was durable, and no holes', async t => {
  const folder = temporaryFolder()
  t.teardown(() => folder.remove())
  const path = join(folder.path, 'db')
  let epoch = -1
  for (let round = 1; round <= ROUNDS; round++) {
    const writer = startWriter('pipeline', path)
    await writer.until(() => writer.lines.length >= after(round))
    await writer.kill()
    const { lines } = writer
    // What counts is what was said after the last truncation began; that one may have happened or not.
    const truncation = lines.map(line => line.split(' ')[0]).lastIndexOf('truncating')
    const durable = last(lines.slice(truncation + 1), 'durable')
    const least = durable ?? last(lines, 'truncating') ?? last(lines, 'opened') ?? 0
    epoch = last(lines, 'epoch') ?? epoch

    const log = rocksLog(path)
    const end = await log.open()
    t.ok(end >= least, `round ${round}: ends at ${end}, durable was ${least}`)
    t.ok(log.epochs().accepted >= epoch, `round ${round}: epoch ${log.epochs().accepted}, durable was ${epoch}`)
    epoch = log.epochs().accepted
    let previous: number | undefined
    let faults = 0
    for await (const records of log.read(0)) {
      for (const { zxid, bytes } of records) {
        if (previous !== undefined && zxid !== previous + 1) faults++
        if (Buffer.compare(bytes, record(zxid, (zxid * 37) % 3000).bytes) !== 0) faults++
        previous = zxid
      }
    }
    t.equal(faults, 0, `round ${round}: records follow each other and hold what was written`)
    t.equal(previous ?? 0, end)
    await log.close()
  }
})

t.test('a snapshotter whose process is killed has every snapshot that it had told, whole', async t => {
  const folder = temporaryFolder()
  t.teardown(() => folder.remove())
  const path = join(folder.path, 'db')
  for (let round = 1; round <= 6; round++) {
    const writer = startWriter('snapshots', path)
    await writer.until(() => writer.lines.length > 2 + (after(round) % 7))
    await writer.kill()
    const snapshotter = rocksSnapshotter(path)
    await snapshotter.open()
    const [newest, ...older] = await snapshotter.list()
    t.ok(
      newest && newest.zxid >= (last(writer.lines, 'snapshot') ?? 0),
      `round ${round}: the newest is ${newest?.zxid}`,
    )
    for (const info of [newest!, ...older]) {
      let bytes = 0
      for await (const chunk of snapshotter.read(info)) bytes += chunk.length
      t.equal(bytes, 3_000_020, `round ${round}: snapshot ${info.zxid} is whole`)
    }
    await snapshotter.close()
  }
})
