/** `menagerie storage copy`. */
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connect } from '@menagerie/client'
import { storageFile } from '@menagerie/storage-file'
import { storageRocksdb } from '@menagerie/storage-rocksdb'
import t from 'tap'
import { storageCopy } from '../dist/commands/storage-copy.js'
import type { Progress } from '../dist/storage/progress.js'
import { stageFor } from '../dist/storage/stage.js'
import {
  copy,
  damageLog,
  damageSnapshot,
  digestOf,
  fill,
  noProgress,
  run,
  serving,
  temporary,
  verify,
} from './storage-harness.js'

t.setTimeout(300_000)

t.test('storage copy', async t => {
  t.test('moves a data directory to RocksDB and back, with tree, sessions and zxid', async t => {
    const folder = temporary(t)
    const [files, rocks, again] = ['files', 'rocks', 'again'].map(name => join(folder, name)) as [
      string,
      string,
      string,
    ]
    await fill(storageFile({ dataDir: files }))
    const before = readdirSync(join(files, 'version-2')).map(name => readFileSync(join(files, 'version-2', name)))
    const seen: [string, number][] = []
    const progress = {
      start: (what: string, total: number) => void seen.push([what, total]),
      add: (count: number) => void seen.push(['add', count]),
      stop() {},
    }
    const there = await copy(`file:${files}`, `rocksdb:${rocks}`, progress)
    t.match(there, { code: 0, err: '' })
    t.match(
      there.out,
      /^Copied \d+ snapshots and \d+ records of the log \([^)]+\) from file:\S+ to rocksdb:\S+\.\nBoth hold \d+ znodes and 1 session: zxid 0x[0-9a-f]+, digest [0-9a-f]{16}\.\n$/,
    )
    const after = readdirSync(join(files, 'version-2')).map(name => readFileSync(join(files, 'version-2', name)))
    t.strictSame(after, before, 'the source is as it was')
    t.match(seen[0], ['copying', Number])
    const added = seen.slice(1).reduce((sum, [, count]) => sum + count, 0)
    t.ok(added > 0.9 * seen[0]![1] && added <= seen[0]![1] * 1.1, `${added} of ${seen[0]![1]} bytes were told`)

    const back = await copy(`rocksdb:${rocks}`, `file:${again}`)
    t.match(back, { code: 0, err: '' })
    t.equal(digestOf(back.out), digestOf(there.out))
    t.strictSame(readdirSync(folder).sort(), ['again', 'files', 'rocks'], 'nothing else is left')

    for (const storage of [storageRocksdb({ path: rocks }), storageFile({ dataDir: again })]) {
      await serving(storage, async address => {
        const client = await connect(address)
        t.strictSame((await client.getChildren('/big')).length, 20)
        t.strictSame((await client.getChildren('/small')).sort(), ['ephemeral', 'one'], 'the session lives on')
        await client.create('/new', null)
        await client.close()
      })
    }
  })
  t.test('counts what there is to copy, not what a log has allocated ahead', async t => {
    const folder = temporary(t)
    const files = join(folder, 'files')
    await fill(storageFile({ dataDir: files }))
    // As a server that was killed leaves it.
    const last = readdirSync(join(files, 'version-2'))
      .filter(name => name.startsWith('log.'))
      .at(-1)!
    appendFileSync(join(files, 'version-2', last), new Uint8Array(4 << 20))
    const seen: number[] = []
    const progress = {
      start: (_: string, total: number) => void seen.push(total),
      add: (count: number) => void seen.push(count),
      stop() {},
    }
    const { out } = await copy(`file:${files}`, `rocksdb:${folder}/rocks`, progress)
    const [total, ...added] = seen
    t.equal(
      added.reduce((sum, count) => sum + count, 0),
      total,
      'the bar comes to its end',
    )
    t.match(out, /records of the log \([\d.]+ KB\)/)
  })
  t.test('refuses a target that is not empty, and one that is the source', async t => {
    const folder = temporary(t)
    await fill(storageFile({ dataDir: join(folder, 'files') }))
    mkdirSync(join(folder, 'target'))
    writeFileSync(join(folder, 'target', 'notes.txt'), '')
    t.strictSame(await copy(`file:${folder}/files`, `rocksdb:${folder}/target`), {
      code: 1,
      out: '',
      err: `menagerie: ${folder}/target is not empty (notes.txt); a copy needs a new or empty folder\n`,
    })
    t.match(await copy(`file:${folder}/files`, `rocksdb:${folder}/files`), {
      code: 1,
      err: `menagerie: --from and --to are the same folder, ${folder}/files\n`,
    })
    t.match(await copy(`file:${folder}/files`, `rocksdb:${folder}/files/rocks`), {
      code: 1,
      err: `menagerie: --to, ${folder}/files/rocks, is inside of --from; a copy needs a folder of its own\n`,
    })
    t.match(await copy(`file:${folder}/files`, `rocksdb:${folder}/target/notes.txt`), {
      code: 1,
      err: /notes\.txt is a file; a copy needs a new or empty folder\n/,
    })
    rmSync(join(folder, 'target', 'notes.txt'))
    t.match(await copy(`file:${folder}/files`, `rocksdb:${folder}/target`), { code: 0 }, 'an empty folder is fine')
  })
  t.test('leaves nothing behind when the source is damaged', async t => {
    const folder = temporary(t)
    const files = join(folder, 'files')
    await fill(storageFile({ dataDir: files }))
    damageLog(files)
    const failed = await copy(`file:${files}`, `rocksdb:${folder}/rocks`)
    t.equal(failed.code, 1)
    t.match(failed.err, /^menagerie: \S+log\.\S+ is damaged at byte \d+: /)
    t.strictSame(readdirSync(folder), ['files'])
  })
  t.test('leaves out a snapshot that is damaged, and says so', async t => {
    const folder = temporary(t)
    const files = join(folder, 'files')
    await fill(storageFile({ dataDir: files }))
    damageSnapshot(files, 'snapshot.0')
    const { code, err } = await copy(`file:${files}`, `rocksdb:${folder}/rocks`)
    t.equal(code, 0)
    t.match(err, /^menagerie: left out a damaged snapshot, snapshot snapshot\.0: \/\S+snapshot\.0 is damaged at byte/m)
  })
  t.test('takes a folder alone, whose kind it finds out, and leaves a torn end where it is', async t => {
    const folder = temporary(t)
    const files = join(folder, 'files')
    await fill(storageFile({ dataDir: files }))
    const name = readdirSync(join(files, 'version-2'))
      .filter(name => name.startsWith('log.'))
      .sort()
      .at(-1)!
    const path = join(files, 'version-2', name)
    const torn = readFileSync(path).subarray(0, -5)
    writeFileSync(path, torn)
    const { code, err } = await copy(files, `file:${folder}/again`)
    t.equal(code, 0)
    t.match(
      err,
      new RegExp(`^menagerie: ${path} ends at byte \\d+ with an interrupted write of \\d+ bytes: it is left out\n$`),
    )
    t.strictSame(readFileSync(path), torn)
    t.match(await verify(join(files, 'version-2')), { code: 1, err: `is inside of a data folder: name ${files}\n` })
  })
  t.test('an interrupted copy leaves everything as it was', async t => {
    const folder = temporary(t)
    const files = join(folder, 'files')
    await fill(storageFile({ dataDir: files }))
    for (const kind of ['file', 'rocksdb']) {
      let interrupt: (signal: string) => void = () => {}
      const signals = {
        first: new Promise<string>(resolve => {
          interrupt = resolve
        }),
        release() {},
      }
      const progress: Progress = { ...noProgress, start: () => interrupt('SIGINT') }
      const to = `${kind}:${folder}/target`
      const { code, out, err } = await run(io => storageCopy({ from: files, to }, io as never, progress, signals))
      t.strictSame({ code, out }, { code: 130, out: '' })
      t.equal(
        err,
        `menagerie: SIGINT: stops copying; a second signal ends it at once, and leaves what is half done\nmenagerie: interrupted; ${to} is as it was before\n`,
      )
      t.strictSame(readdirSync(folder), ['files'])
    }
  })
  t.test('what a killed copy has left is in the way of the next one, which says so and removes nothing', async t => {
    const folder = temporary(t)
    const files = join(folder, 'files')
    await fill(storageFile({ dataDir: files }))
    const left = join(folder, 'target.copying')
    mkdirSync(join(left, 'version-2'), { recursive: true })
    t.strictSame(await copy(files, `file:${folder}/target`), {
      code: 1,
      out: '',
      err: `menagerie: ${left} is there, as a copy leaves it that was killed; remove it, and copy again\n`,
    })
    t.strictSame(readdirSync(left), ['version-2'])
  })
  t.test('into an empty volume it is made inside, and moved up at the end', async t => {
    const volume = temporary(t)
    const stage = await stageFor(volume, true)
    t.equal(stage.folder, join(volume, 'menagerie.copying'))
    for (const name of ['log', 'snapshots']) mkdirSync(join(stage.folder, name))
    await stage.finish()
    t.strictSame(readdirSync(volume).sort(), ['log', 'snapshots'])
    const another = await stageFor(temporary(t), true)
    await another.abandon()
    t.notOk(existsSync(another.folder))
  })
  t.test('does not copy what a running server uses', async t => {
    const folder = temporary(t)
    await serving(storageRocksdb({ path: join(folder, 'rocks') }), async () => {
      t.match(await copy(`rocksdb:${folder}/rocks`, `file:${folder}/files`), {
        code: 1,
        err: /is in use by another server: RocksDB's LOCK is held; stop that server first\n$/,
      })
    })
    t.strictSame(readdirSync(folder), ['rocks'])
  })
  t.test('says what is wrong with an address', async t => {
    const folder = temporary(t)
    const elsewhere = temporary(t)
    const wrong: [from: string, message: RegExp][] = [
      [
        'nowhere',
        /there is no folder "nowhere"; expected one, or file:DIR, rocksdb:DIR or, for another storage, PACKAGE:DIR/,
      ],
      ['fil:data', /"fil:data": there is no storage called fil; did you mean file\?/],
      [fileURLToPath(import.meta.url), /storage-copy.test.js is a file, expected the folder of a storage/],
      ['tape:data', /there is no storage called tape; there are file, rocksdb, and packages by name/],
      ['@nobody/storage:data', /there is no package "@nobody\/storage": npm install @nobody\/storage/],
      ['@menagerie/transport-tcp:data', /the plugin "transport-tcp" is no storage/],
      [`file:${folder}?dataLogDi=x`, /\?dataLogDi=x: dataLogDi: unknown option; did you mean dataLogDir\?/],
      [`file:${folder}?preAllocSizeKb=x`, /=x: preAllocSizeKb: found "x", expected number/],
      [`rocksdb:${folder}?memtableMb=-1`, /memtableMb/],
    ]
    for (const kind of ['file', 'rocksdb']) {
      wrong.push([`${kind}:${folder}/none`, /menagerie: there is no folder \S+\/none\n/])
      wrong.push([`${kind}:${folder}`, /menagerie: \S+ is empty, expected the data of a storage\n/])
      wrong.push([`${kind}:${fileURLToPath(import.meta.url)}`, /storage-copy.test.js is a file, expected the folder/])
      wrong.push([`${kind}:${import.meta.dirname}`, /dist-test holds no data/])
    }
    for (const [from, message] of wrong) {
      const { code, err } = await copy(from, `file:${elsewhere}/target`)
      t.equal(code, 1, from)
      t.match(err, message)
    }
    t.strictSame([...readdirSync(folder), ...readdirSync(elsewhere)], [], 'nothing was made')
  })
})
