import t from 'tap'
import { loadRocksdb, type Platform } from '../dist/database/native.js'

const platform: Platform = {
  os: 'linux',
  arch: 'x64',
  processorFlags: () => 'fpu avx avx2 bmi1 bmi2',
  load: async () => ({}) as never,
}

t.test('loading RocksDB', async t => {
  t.test('takes the binary of this platform', async t => {
    t.type((await loadRocksdb()).RocksLevel, 'function')
  })
  t.test('says what to do where there is no binary', async t => {
    const load = async (): Promise<never> => {
      throw new Error('No native build was found for platform=win32 arch=x64 runtime=node\n    loaded from: somewhere')
    }
    await t.rejects(loadRocksdb({ ...platform, os: 'win32', load }), {
      code: 'PLUGIN_INVALID',
      message:
        'RocksDB cannot be loaded on win32-x64 (No native build was found for platform=win32 arch=x64 runtime=node). Prebuilt binaries are there for linux-x64 with glibc 2.34 and darwin-arm64; use @menagerie/storage-file on this machine, or build the binding: npm rebuild @nxtedition/rocksdb',
    })
  })
  t.test('refuses a processor on which the binary would end the process', async t => {
    await t.rejects(loadRocksdb({ ...platform, processorFlags: () => 'fpu avx bmi2' }), {
      code: 'PLUGIN_INVALID',
      message: /needs a processor with avx2, which this one has not; use @menagerie\/storage-file/,
    })
  })
})
