/** Data directories that may only be read, such as a backup that is mounted read-only. */
import { DataDirectory, MemoryFileSystem, nodeProcesses, type Processes } from '@menagerie/storage-file'
import t from 'tap'
import { withoutWrites } from '../dist/storage/read-only-files.js'

const options = { dataDir: '/backup', autocreate: false, lock: true }

/** A disk that refuses to be written to, with `code`, once it holds these files. */
function readOnly(code: string, ...paths: string[]): MemoryFileSystem {
  const fs = new MemoryFileSystem()
  for (const path of ['/backup/version-2/log.1', ...paths]) fs.place(path, new Uint8Array(1))
  const writes: string[] = ['write', 'rename', 'remove', 'makeDirectory']
  fs.beforeCall = ({ operation, path }) => {
    const isWrite = writes.includes(operation) || (operation === 'open' && /menagerie\.lock/.test(path))
    if (isWrite) throw Object.assign(new Error(code), { code, path })
  }
  return fs
}

for (const code of ['EACCES', 'EROFS', 'EPERM']) {
  t.test(`a directory in which writing gives ${code} is opened without a lock of its own`, async t => {
    const directory = new DataDirectory(withoutWrites(readOnly(code)), nodeProcesses, options)
    await directory.acquire()
    t.equal((await withoutWrites(directory.fs).list('/backup/version-2')).length, 1)
    await directory.release()
  })
}

t.test('a server that runs on it is seen all the same', async t => {
  const processes: Processes = { self: () => ({ pid: 1, started: 1, boot: 'b' }), isRunning: ({ pid }) => pid === 77 }
  const opening = (lock: string) =>
    new DataDirectory(withoutWrites(readOnly('EROFS', `/backup/${lock}`)), processes, options).acquire()
  await t.rejects(opening('menagerie.lock.77.5.b.abcd0123'), { code: 'DATA_DIR_LOCKED' })
  await opening('menagerie.lock.78.5.b.abcd0123')
})

t.test('any other error of the lock is one', async t => {
  const opening = new DataDirectory(withoutWrites(readOnly('EIO')), nodeProcesses, options).acquire()
  await t.rejects(opening, { code: 'DATA_DIR_UNUSABLE', message: /the device reports an error \(EIO\)$/ })
})
