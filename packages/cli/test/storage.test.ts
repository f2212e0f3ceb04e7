/** The storage commands on data that a server has written. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from '@menagerie/client'
import { splitSnapshot } from '@menagerie/core'
import { storageFile } from '@menagerie/storage-file'
import { RocksDatabase, RocksSnapshotter, storageRocksdb, storageRocksdbOptions } from '@menagerie/storage-rocksdb'
import t from 'tap'
import { bytes, progressOn } from '../dist/storage/progress.js'
import {
  copy,
  damageLog,
  damageSnapshot,
  digestOf,
  fill,
  inspect,
  serving,
  temporary,
  verify,
} from './storage-harness.js'

t.setTimeout(300_000)

t.test('storage inspect and verify', async t => {
  const folder = temporary(t)
  const files = join(folder, 'files')
  await fill(storageFile({ dataDir: files }))
  const rocks = join(folder, 'rocks')
  t.match(await copy(`file:${files}`, `rocksdb:${rocks}`), { code: 0 })

  for (const [what, path] of Object.entries({ files, rocks })) {
    t.test(`shows what is in ${what}, whose kind it finds out`, async t => {
      const { code, out, err } = await inspect(path)
      t.match({ code, err }, { code: 0, err: '' })
      t.match(out, /\n {2}log +0x1 to 0x[0-9a-f]+, \d+ records, /)
      t.match(out, /\n {2}epochs +accepted never set, current never set\n/)
      t.match(out, /\n {2}digest +[0-9a-f]{16}\n/)
      t.match(out, /\nSnapshots\n {2}name +zxid +size\n {2}snapshot\.\S+ +0x[0-9a-f]+ +\S+ K?B +sound\n/)
      t.match(out, /\nSessions\n {2}id +timeout +ephemeral znodes\n {2}0x[0-9a-f]+ +30000 ms +1\n/)
      t.match(out, /\n {2}\/big +21 +24 KB\n {2}\/big\/\d+ +1 +1000 B\n/)
      t.match(out, /\n {2}\/small +3 +1 B\n/)
      t.notMatch(out, 'Damage')
      t.strictSame(await verify(path), { code: 0, out: (await verify(path)).out, err: '' })
    })
  }

  t.test('lists subtrees to a depth, and only the largest of each znode', async t => {
    const { out } = await inspect(files, { depth: 1, json: true })
    const { subtrees } = JSON.parse(out)
    t.strictSame(subtrees.map(({ path }: { path: string }) => path).sort(), ['/', '/big', '/small', '/zookeeper'])
    t.match(subtrees[0], { path: '/', znodes: 28, bytes: 25_001 })
    const few = JSON.parse((await inspect(files, { depth: 2, top: 1, json: true })).out).subtrees
    t.match(few, [{ path: '/' }, { path: '/big' }, { path: /^\/big\/\d+$/ }])
    t.equal(few.length, 3)
  })

  t.test('JSON of both storages is the same but for names and sizes of files', async t => {
    const [a, b] = await Promise.all(
      [files, rocks].map(async path => JSON.parse((await inspect(path, { json: true })).out)),
    )
    for (const key of ['epochs', 'lastZxid', 'digest', 'znodes', 'sessions', 'subtrees', 'damage'])
      t.strictSame(a[key], b[key], key)
    t.match(a.log.last, b.log.last)
  })

  t.test('names damage with file and byte, and verify ends with 1', async t => {
    const broken = join(folder, 'broken')
    cpSync(files, broken, { recursive: true })
    const log = damageLog(broken)
    damageSnapshot(broken, 'snapshot.0')
    const { code, out, err } = await verify(broken)
    t.match({ code, out }, { code: 1, out: '' })
    t.match(err, /^damage: \S+snapshot\.0 is damaged at byte \d+: /)
    t.match(err, new RegExp(`\ndamage: ${log} is damaged at byte \\d+: `))
    t.match(err, /\nmenagerie: \S+: 2 damaged; a server would start, at zxid 0x/, 'from the newest snapshot')
    const shown = await inspect(broken)
    t.equal(shown.code, 0)
    t.match(shown.out, /snapshot\.0 +0x0 +\S+ K?B +damaged\n/)
    t.match(shown.out, /\nDamage\n {2}\S+snapshot\.0 is damaged at byte/)
    t.strictSame(await inspect(broken), shown, 'looking changes nothing')
    for (const name of readdirSync(join(broken, 'version-2'))) {
      if (name.startsWith('snapshot.') && name !== 'snapshot.0') damageSnapshot(broken, name)
    }
    t.match(await verify(broken), { code: 1, err: /no server would start on it; docs\/errors.md says what to do/ })
  })

  t.test('a damaged snapshot that is not needed is told, with what a server would do', async t => {
    const broken = join(folder, 'broken-snapshot')
    cpSync(files, broken, { recursive: true })
    damageSnapshot(broken, 'snapshot.0')
    const { code, err } = await verify(broken)
    t.equal(code, 1)
    t.match(err, /1 damaged; a server would start, at zxid 0x[0-9a-f]+\n$/)
  })

  t.test('a snapshot that a crash has left incomplete is a note', async t => {
    const broken = join(folder, 'incomplete-snapshot')
    cpSync(files, broken, { recursive: true })
    const path = join(broken, 'version-2', 'snapshot.0')
    writeFileSync(path, readFileSync(path).subarray(0, 100))
    const sentence = `skipped a snapshot that is not complete, file ${path}\n`
    t.match(await verify(broken), { code: 0, out: `note: ${sentence}` })
    t.match(await inspect(broken), { code: 0, out: `Notes\n  ${sentence}` })
    const { code, err } = await copy(`file:${broken}`, `rocksdb:${folder}/from-incomplete`)
    t.strictSame({ code, err }, { code: 0, err: `menagerie: ${sentence}` })
  })

  t.test('a torn end is a note, and stays where it is', async t => {
    const torn = join(folder, 'torn')
    cpSync(files, torn, { recursive: true })
    const name = readdirSync(join(torn, 'version-2'))
      .filter(name => name.startsWith('log.'))
      .sort()
      .at(-1)!
    const path = join(torn, 'version-2', name)
    const content = readFileSync(path)
    writeFileSync(path, content.subarray(0, content.length - 5))
    for (let i = 0; i < 2; i++) {
      const { code, out } = await verify(torn)
      t.equal(code, 0)
      t.match(
        out,
        new RegExp(`^note: ${path} ends at byte \\d+ with an interrupted write of \\d+ bytes: a start cuts it\n`),
      )
    }
  })

  t.test('a log with a hole is damaged', async t => {
    const holed = join(folder, 'holed')
    const plugin = storageFile({ dataDir: holed })
    for (let i = 0; i < 3; i++) {
      await serving(plugin, async address => {
        const client = await connect(address)
        for (let k = 0; k < 5; k++) await client.create(`/${i}-${k}`, null)
        await client.close()
      })
    }
    const logs = readdirSync(join(holed, 'version-2')).filter(name => name.startsWith('log.'))
    t.equal(logs.length, 3)
    const middle = logs.map(name => Number.parseInt(name.slice(4), 16)).sort((a, b) => a - b)[1]!
    rmSync(join(holed, 'version-2', `log.${middle.toString(16)}`))
    const { code, err } = await verify(holed)
    t.equal(code, 1)
    t.match(err, /the transactions between 0x[0-9a-f]+ and 0x[0-9a-f]+ are missing from the log/)
  })

  t.test('damage in RocksDB is named too', async t => {
    const broken = join(folder, 'broken-rocks')
    t.match(await copy(`file:${files}`, `rocksdb:${broken}`), { code: 0 })
    const wal = readdirSync(join(broken, 'log'))
      .filter(name => name.endsWith('.log'))
      .map(name => join(broken, 'log', name))
    const path = wal.find(path => readFileSync(path).length > 1000)
    t.ok(path, 'there is a write-ahead log to damage')
    const content = readFileSync(path!)
    content[200]! ^= 1
    writeFileSync(path!, content)
    const { code, err } = await verify(broken)
    t.equal(code, 1)
    t.match(err, new RegExp(`damage: ${path} is damaged at byte \\d+: its checksum does not match`))
  })

  t.test('a digest that RocksDB keeps for a znode, and is not its, is damage', async t => {
    const path = join(folder, 'wrong-digest')
    await fill(storageRocksdb({ path }))
    t.match(await verify(path), { code: 0, err: '' })
    const right = digestOf((await inspect(path)).out)
    const snapshotter = new RocksSnapshotter(new RocksDatabase(storageRocksdbOptions.parse({ path }), 'snapshots'))
    await snapshotter.open()
    const [newest] = await snapshotter.list()
    const digests = (await snapshotter.companion(newest!))!
    digests[3]! ^= 1
    const source = splitSnapshot(snapshotter.read(newest!))
    await snapshotter.write(newest!.zxid, {
      body: source.body,
      trailers: () => source.trailers(),
      companion: () => [digests],
    })
    await snapshotter.close()
    const { code, err } = await verify(path)
    t.equal(code, 1)
    t.match(
      err,
      /^damage: \S+snapshots: the digests beside the snapshot of zxid 0x[0-9a-f]+ do not fit its znodes \(1 of them\)\n/,
    )
    t.match(err, /1 damaged; a server would start, at zxid 0x/)
    t.equal(digestOf((await inspect(path)).out), right, 'what is shown is computed')
  })

  t.test('says what is wrong with a folder that it does not know', async t => {
    mkdirSync(join(folder, 'empty'))
    t.match(await verify(join(folder, 'empty')), { code: 1, err: /empty is no data folder that this command knows/ })
    t.match(await inspect(join(folder, 'none')), {
      code: 1,
      err: /there is no folder "\S+none"; expected one, or file:DIR/,
    })
    for (const address of [`rocksdb:${folder}/none`, `rocksdb:${folder}/empty`]) {
      t.match(await verify(address), { code: 1, out: '' })
      t.match(await inspect(address), { code: 1, out: '' })
    }
    t.strictSame(readdirSync(join(folder, 'empty')), [])
    await serving(storageFile({ dataDir: files }), async () => {
      t.match(await verify(files), {
        code: 1,
        err: /is in use by the server with process id \d+; stop that server first\n$/,
      })
    })
    t.notOk(existsSync(join(folder, 'none')))
  })
})

t.test('progress', async t => {
  t.test('sizes have three digits at most', async t => {
    t.strictSame([0, 1023, 1024, 123_456, 5_000_000, 1e12].map(bytes), [
      '0 B',
      '1023 B',
      '1.0 KB',
      '121 KB',
      '4.8 MB',
      '931 GB',
    ])
  })
  t.test('a bar is drawn on a terminal, and nothing elsewhere', async t => {
    for (const isTTY of [true, false]) {
      let written = ''
      const stream = { isTTY, columns: 100, write: (text: string) => (written += text), on() {}, removeListener() {} }
      const progress = progressOn(stream as never)
      progress.start('copying', 2048)
      progress.add(1024)
      progress.add(1024)
      progress.stop()
      if (isTTY) t.match(written, /copying \[/)
      else t.equal(written, '')
    }
  })
})
