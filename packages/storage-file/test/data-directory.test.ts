import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { record } from '@menagerie/core/contract'
import {
  MemoryFileSystem,
  nodeFileSystem,
  nodeProcesses,
  type Processes,
  type ProcessIdentity,
} from '@menagerie/storage-file'
import t from 'tap'
import { failure } from './support/failure.js'
import { directory, FOLDER, fileLog, fileSnapshotter, temporaryFolder } from './support/media.js'

/** Processes of a test: `running` are the ones alive. */
function processes(self: ProcessIdentity, running: ProcessIdentity[]): Processes {
  const same = (a: ProcessIdentity, b: ProcessIdentity): boolean =>
    a.pid === b.pid && a.started === b.started && a.boot === b.boot
  return { self: () => self, isRunning: other => running.some(each => same(each, other)) }
}

const locks = async (fs: MemoryFileSystem): Promise<string[]> =>
  (await fs.list(FOLDER)).filter(name => name.startsWith('menagerie.lock'))

t.test('lock', async t => {
  await t.test('a second server is refused, in a sentence that names process and folder', async t => {
    const fs = new MemoryFileSystem()
    const first = fileLog(fs)
    await first.open()
    const message = `${FOLDER} is in use by the server with process id ${process.pid}: stop that one, or give this one a folder of its own`
    await t.rejects(fileLog(fs).open(), { code: 'DATA_DIR_LOCKED', message })
    await t.rejects(fileSnapshotter(fs).open(), { code: 'DATA_DIR_LOCKED', message })
    await first.close()
    t.strictSame(await locks(fs), [], 'a closed log leaves no lock')
    const second = fileLog(fs)
    await second.open()
    await second.close()
  })

  await t.test('log and snapshotter of one server share it, and the last to close releases it', async t => {
    const fs = new MemoryFileSystem()
    const shared = directory(fs)
    await Promise.all([shared.acquire(), shared.acquire()])
    await shared.release()
    await t.rejects(directory(fs).acquire(), { code: 'DATA_DIR_LOCKED' })
    await shared.release()
    const other = directory(fs)
    await other.acquire()
    await other.release()
  })

  const dead = { pid: 77, started: 1000, boot: 'aaaa' }
  const cases: [what: string, running: ProcessIdentity[], code: string | undefined][] = [
    ['still runs', [dead], 'DATA_DIR_LOCKED'],
    ['is gone', [], undefined],
    ['has passed its pid on to a later process', [{ ...dead, started: 5000 }], undefined],
    ['ran before the last boot', [{ ...dead, boot: 'bbbb' }], undefined],
  ]
  for (const [what, running, code] of cases) {
    await t.test(`of a process that ${what}`, async t => {
      const fs = new MemoryFileSystem()
      await directory(fs, {}, processes(dead, [])).acquire()
      const me = { pid: 78, started: 6000, boot: 'aaaa' }
      const mine = directory(fs, {}, processes(me, [me, ...running]))
      if (code) await t.rejects(mine.acquire(), { code, message: /process id 77/ })
      else await mine.acquire()
      t.equal((await locks(fs)).length, 1, 'one lock is there')
    })
  }

  await t.test('of many servers that start at once exactly one gets it', async t => {
    const fs = new MemoryFileSystem()
    const starts = Array.from({ length: 6 }, () => directory(fs).acquire())
    const got = (await Promise.allSettled(starts)).filter(each => each.status === 'fulfilled')
    t.ok(got.length <= 1, `${got.length} servers got the lock`)
    t.equal((await locks(fs)).length, got.length)
  })

  await t.test('both folders are locked, when the log has its own', async t => {
    const fs = new MemoryFileSystem()
    const first = directory(fs, { dataLogDir: '/log' })
    await first.acquire()
    await t.rejects(directory(fs, { dataDir: '/other', dataLogDir: '/log' }).acquire(), { code: 'DATA_DIR_LOCKED' })
    await first.release()
    const other = directory(fs, { dataDir: '/other', dataLogDir: '/log' })
    await other.acquire()
    t.strictSame((await fs.list('/other')).length, 2, 'lock and version-2')
  })

  await t.test('can be left out', async t => {
    const fs = new MemoryFileSystem()
    await directory(fs, { lock: false }).acquire()
    await directory(fs, { lock: false }).acquire()
    t.strictSame(await locks(fs), [])
  })

  await t.test('a killed process leaves a lock that the next one takes over', async t => {
    const folder = temporaryFolder()
    t.teardown(() => folder.remove())
    const entry = new URL('../dist/index.js', import.meta.url).href
    const script = `import { DataDirectory, nodeFileSystem, nodeProcesses } from '${entry}'
      const options = { dataDir: process.argv[1], autocreate: true, lock: true }
      await new DataDirectory(nodeFileSystem, nodeProcesses, options).acquire()
      console.log('locked')
      setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, folder.path], { stdio: 'pipe' })
    await once(child.stdout, 'data')
    const refused = directory(nodeFileSystem, { dataDir: folder.path })
    await t.rejects(refused.acquire(), { code: 'DATA_DIR_LOCKED', message: new RegExp(`process id ${child.pid}`) })
    child.kill('SIGKILL')
    await once(child, 'exit')
    await refused.acquire()
    await refused.release()
    t.strictSame(readdirSync(folder.path), ['version-2'])
  })

  await t.test('this process runs; one with another start time, or of another boot, does not', async t => {
    const self = nodeProcesses.self()
    t.ok(nodeProcesses.isRunning(self))
    t.notOk(nodeProcesses.isRunning({ ...self, started: self.started + 1 }))
    t.notOk(nodeProcesses.isRunning({ ...self, boot: '00000000' }))
  })
})

t.test('a folder that cannot be used is DATA_DIR_UNUSABLE, in a sentence', async t => {
  await t.test('missing, and not to be created', async t => {
    const fs = new MemoryFileSystem()
    const message = `the data folder ${FOLDER}/version-2 cannot be used: it does not exist, and automatic creation is off (ENOENT)`
    await t.rejects(fileLog(fs, { autocreate: false }).open(), { code: 'DATA_DIR_UNUSABLE', message })
  })
  await t.test('a file', async t => {
    const folder = temporaryFolder()
    t.teardown(() => folder.remove())
    const dataDir = join(folder.path, 'file')
    writeFileSync(dataDir, '')
    const expected = { code: 'DATA_DIR_UNUSABLE', message: /a part of the path is a file, not a folder/ }
    await t.rejects(fileLog(nodeFileSystem, { dataDir }).open(), expected)
    await t.rejects(fileSnapshotter(nodeFileSystem, { dataDir }).open(), expected)
  })
  for (const [code, cause] of [
    ['EACCES', 'this user may not write there'],
    ['EROFS', 'the file system is mounted read-only'],
    ['ENOSPC', 'no space is left on the device'],
    ['EMFILE', 'the system refused'],
  ]) {
    await t.test(code, async t => {
      const fs = new MemoryFileSystem()
      fs.beforeCall = ({ operation, path }) => {
        if (operation === 'open') throw failure(code, path)
      }
      const message = `the data folder ${FOLDER} cannot be used: ${cause} (${code})`
      await t.rejects(fileLog(fs).open(), { code: 'DATA_DIR_UNUSABLE', message, cause: { code } })
    })
  }
  await t.test('a file in it that cannot be read is named', async t => {
    const folder = temporaryFolder()
    t.teardown(() => folder.remove())
    const inner = join(folder.path, 'version-2')
    for (const name of ['log.1', 'acceptedEpoch', 'snapshot.0']) {
      const path = join(inner, name)
      mkdirSync(path, { recursive: true })
      const opening = () => fileLog(nodeFileSystem, { dataDir: folder.path }).open()
      const snapshotter = fileSnapshotter(nodeFileSystem, { dataDir: folder.path })
      if (name === 'snapshot.0') {
        await snapshotter.open()
        const message = `snapshot ${path} could not be read: it is a folder; move it away (EISDIR)`
        await t.rejects(snapshotter.list(), { code: 'SNAPSHOT_IO', message, cause: { code: 'EISDIR' } })
        await snapshotter.close()
      } else {
        const message = `the file ${path} cannot be used: it is a folder; move it away (EISDIR)`
        await t.rejects(opening(), { code: 'DATA_DIR_UNUSABLE', message })
      }
      rmSync(path, { recursive: true })
      symlinkSync('/nowhere/at/all', path)
      if (name === 'log.1') {
        const message = `the file ${path} cannot be used: it does not exist, or is a link to what does not (ENOENT)`
        await t.rejects(opening(), { code: 'DATA_DIR_UNUSABLE', message })
      }
      rmSync(path)
    }
  })
  for (const [code, cause] of [
    ['EACCES', 'this user may not read it, or not write it'],
    ['EIO', 'the device reports an error'],
  ]) {
    await t.test(`a file in it that gives ${code} is named`, async t => {
      const fs = new MemoryFileSystem()
      const log = fileLog(fs)
      await log.open()
      log.append(record(1))
      await log.sync()
      await log.close()
      const snapshotter = fileSnapshotter(fs)
      await snapshotter.open()
      fs.place(`${FOLDER}/version-2/snapshot.0`, new Uint8Array(100))
      fs.beforeCall = ({ operation, path }) => {
        if (operation === 'open' && /version-2/.test(path)) throw Object.assign(failure(code, path), { path })
      }
      const snapshot = `snapshot ${FOLDER}/version-2/snapshot.0 could not be read: ${cause} (${code})`
      await t.rejects(snapshotter.list(), { code: 'SNAPSHOT_IO', message: snapshot })
      await snapshotter.close()
      fs.beforeCall = ({ operation, path }) => {
        if (operation === 'open' && path.endsWith('log.1')) throw Object.assign(failure(code, path), { path })
      }
      const message = `the file ${FOLDER}/version-2/log.1 cannot be used: ${cause} (${code})`
      await t.rejects(fileLog(fs).open(), { code: 'DATA_DIR_UNUSABLE', message })
    })
  }
  await t.test('snapshots among logs, or logs among snapshots', async t => {
    const fs = new MemoryFileSystem()
    fs.place('/log/version-2/snapshot.5', new Uint8Array(0))
    const expected = { code: 'DATA_DIR_UNUSABLE', message: /snapshot\.5: a snapshot is in the folder of the log/ }
    await t.rejects(fileLog(fs, { dataLogDir: '/log' }).open(), expected)
    const other = new MemoryFileSystem()
    other.place(`${FOLDER}/version-2/log.5`, new Uint8Array(0))
    await t.rejects(fileLog(other, { dataLogDir: '/log' }).open(), {
      code: 'DATA_DIR_UNUSABLE',
      message: /log\.5: a log file is in the folder of the snapshots/,
    })
    t.strictSame(await locks(other), [], 'the lock is given back')
  })
})

t.test('files that are not ours stay as they are', async t => {
  const folder = temporaryFolder()
  t.teardown(() => folder.remove())
  const inner = join(folder.path, 'version-2')
  mkdirSync(inner)
  writeFileSync(join(folder.path, 'myid'), '7\n')
  for (const name of ['log.', 'log.xyz', 'log.5.bak', 'snapshot.5.tmp', 'snapshot.zz', 'lost+found', 'tmp.note']) {
    writeFileSync(join(inner, name), 'x')
  }
  const before = readdirSync(folder.path, { recursive: true }).sort()
  const log = fileLog(nodeFileSystem, { dataDir: folder.path })
  const snapshotter = fileSnapshotter(nodeFileSystem, { dataDir: folder.path, lock: false })
  t.equal(await log.open(), 0)
  await snapshotter.open()
  t.strictSame(await snapshotter.list(), [])
  log.append(record(1))
  await log.truncateAfter(0)
  await log.close()
  await snapshotter.close()
  t.strictSame(readdirSync(folder.path, { recursive: true }).sort(), before)
})

t.test('a folder that the system lets nobody make is refused, not waited for', async t => {
  await t.rejects(fileLog(nodeFileSystem, { dataDir: '/proc/menagerie' }).open(), {
    code: 'DATA_DIR_UNUSABLE',
    message: /^the data folder \/proc\/menagerie\/version-2 cannot be used: .*\(E[A-Z]+\)$/,
  })
})
