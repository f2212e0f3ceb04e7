// Puts the compiled command and what it always needs into one file, and beside it the code that V8 makes of that: a start
// then reads 2 files instead of 600, and compiles next to nothing.
//
// Plugins that a configuration names are still loaded from where they are installed; seams are the same symbols
// for them (Symbol.for), whichever copy of the kernel they import. Of some there is a copy in the bundle, for an
// installation where it is the same package (packages/cli/src/plugins/copies.ts).
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const outdir = 'packages/cli/bundle'
// The build of RxJS from which what is not used can be left out; Node itself is given another one.
const rxjs = join(dirname(createRequire(import.meta.url).resolve('rxjs')), '../esm/index.js')
const copies = ['@menagerie/storage-rocksdb']

/** Has other contents in the place of some files. */
const instead = {
  name: 'instead',
  setup({ onLoad }) {
    const replace = (filter, contents) => onLoad({ filter }, () => ({ contents }))
    // Zod's messages in fifty languages are a third of what a start would have to read; one is spoken here.
    replace(/zod[\\/]v4[\\/]locales[\\/]index\.js$/, "export { default as en } from './en.js'")
    // A script cannot import: whoever runs it gives it Node's own import.
    replace(/cli[\\/]dist[\\/]plugins[\\/]import-module\.js$/, 'export const importInstalled = __import')
    replace(/cli[\\/]dist[\\/]plugins[\\/]bundled\.js$/, `export const bundledPlugins = {${copies.map(copy).join()}}`)
  },
}

function copy(name) {
  const { version } = JSON.parse(readFileSync(`packages/${name.split('/')[1]}/package.json`, 'utf8'))
  return `'${name}': { version: '${version}', load: () => import('${name}') }`
}

const options = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  alias: { rxjs },
  plugins: [instead],
  mainFields: ['module', 'main'],
  sourcemap: true,
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  // Binaries stay where they are installed, and so does what loads them.
  external: ['@nxtedition/rocksdb', '@node-rs/*', 'lmdb', '*.node'],
  logLevel: 'warning',
}

await rm(outdir, { recursive: true, force: true })
await build({
  ...options,
  entryPoints: ['packages/cli/dist/main.js'],
  outfile: `${outdir}/main.cjs`,
  format: 'cjs',
  // What is imported late is run late, out of the same file.
  supported: { 'dynamic-import': false },
  define: { 'import.meta.url': '__url' },
  banner: { js: "const __url = require('node:url').pathToFileURL(__filename).href;" },
})
// A thread has a file of its own.
await build({
  ...options,
  entryPoints: ['packages/storage-rocksdb/dist/database/writer-thread.js'],
  outfile: `${outdir}/writer-thread.js`,
  format: 'esm',
  // CommonJS packages inside an ES module need a require of their own.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
})

const made = spawnSync(process.execPath, [fileURLToPath(new URL('code-cache.mjs', import.meta.url))], {
  encoding: 'utf8',
})
if (made.status !== 0) throw new Error(`no code cache could be made of the bundle:\n${made.stdout}${made.stderr}`)
