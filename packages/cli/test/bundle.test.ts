/** The bundle that `npm run build` makes, and how it is run. */
import { execFile } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
// @ts-expect-error: it is JavaScript, so that it needs nothing compiled.
import { codeCacheOf, loadBundle } from '../bin/bundle.js'

const LOADER = new URL('../bin/bundle.js', import.meta.url).href
const BUILT = fileURLToPath(new URL('../bundle/main.cjs', import.meta.url))

/** Copies the bundle, with this code cache. */
function bundleWith(t: Test, cache: Uint8Array | undefined): string {
  const folder = t.testdir({ bundle: {} })
  const bundle = join(folder, 'bundle', 'main.cjs')
  copyFileSync(BUILT, bundle)
  copyFileSync(fileURLToPath(new URL('../package.json', import.meta.url)), join(folder, 'package.json'))
  if (cache !== undefined) writeFileSync(codeCacheOf(bundle), cache)
  return bundle
}

/** Loads it in a process of its own: within one, V8 knows a script again without any cache. */
async function load(bundle: string): Promise<{ rejected?: boolean; main: string }> {
  const script = `
    import { loadBundle } from ${JSON.stringify(LOADER)}
    let rejected
    const { main } = loadBundle(${JSON.stringify(bundle)}, script => { rejected = script.cachedDataRejected })
    console.log(JSON.stringify({ rejected, main: typeof main }))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
  return JSON.parse(stdout)
}

t.test('V8 takes the code cache that was built with the bundle', async t => {
  t.ok(existsSync(codeCacheOf(BUILT)), 'there is one: "npm run build" makes it')
  t.strictSame(await load(BUILT), { rejected: false, main: 'function' })
})

t.test('a bundle without a code cache, or with one that is cut or of another version, is compiled', async t => {
  const good = readFileSync(codeCacheOf(BUILT))
  t.strictSame(await load(bundleWith(t, undefined)), { main: 'function' })
  const otherVersion = Uint8Array.from(good)
  otherVersion[4] ^= 0xff
  for (const cache of [otherVersion, good.subarray(0, good.length >> 1), new Uint8Array(0), new Uint8Array(64)]) {
    t.strictSame(await load(bundleWith(t, cache)), { rejected: true, main: 'function' })
  }
})

t.test('a plugin is imported by its path from the bundle, as from the compiled files', async t => {
  const folder = t.testdir({
    'mine.mjs': 'export const nothing = 1',
    'menagerie.yaml': 'plugins:\n  - use: ./mine.mjs\n',
  })
  mkdirSync(join(folder, 'data'))
  const { main } = loadBundle(BUILT)
  const lines: string[] = []
  const { write } = process.stderr
  process.stderr.write = (text => void lines.push(String(text)) === undefined) as typeof write
  try {
    t.equal(await main(['check-config', join(folder, 'menagerie.yaml')]), 1)
  } finally {
    process.stderr.write = write
    rmSync(join(folder, 'data'), { recursive: true })
  }
  t.match(lines.join(''), /"\.\/mine\.mjs" exports .*no plugin|exports no plugin/)
})
