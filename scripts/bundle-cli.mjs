// Puts the compiled command and what it always needs into a few files: a start reads 3 files instead of 600.
// Plugins that a configuration names are still loaded from where they are installed; seams are the same symbols
// for them (Symbol.for), whichever copy of the kernel they import. Of some there is a copy that shares the bundle's files,
// for an installation where it is the same package (packages/cli/src/plugins/copies.ts).
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'

const outdir = 'packages/cli/bundle'
// The build of RxJS from which what is not used can be left out; Node itself is given another one.
const rxjs = join(dirname(createRequire(import.meta.url).resolve('rxjs')), '../esm/index.js')
// Zod's messages in fifty languages are a third of what a start would have to read; one is spoken here.
const oneLanguage = {
  name: 'one-language',
  setup({ onLoad }) {
    onLoad({ filter: /zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js'",
    }))
  },
}
/** By package: the files that are entered. */
const copies = { 'storage-rocksdb': { index: 'index.js', 'writer-thread': 'database/writer-thread.js' } }
const copiesFolder = name => `plugins/@menagerie/${name}`
const entryPoints = { main: 'packages/cli/dist/main.js' }
for (const [name, files] of Object.entries(copies)) {
  for (const [entry, file] of Object.entries(files)) {
    entryPoints[`${copiesFolder(name)}/${entry}`] = `packages/${name}/dist/${file}`
  }
}
await rm(outdir, { recursive: true, force: true })
await build({
  entryPoints,
  outdir,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  alias: { rxjs },
  plugins: [oneLanguage],
  mainFields: ['module', 'main'],
  sourcemap: true,
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  chunkNames: '[name]-[hash]',
  // CommonJS packages inside an ES module need a require of their own.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  // Binaries stay where they are installed, and so does what loads them.
  external: ['@nxtedition/rocksdb', '@node-rs/*', 'lmdb', '*.node'],
  logLevel: 'warning',
})
for (const name of Object.keys(copies)) {
  const { version } = JSON.parse(await readFile(`packages/${name}/package.json`, 'utf8'))
  const folder = `${outdir}/${copiesFolder(name)}`
  await mkdir(folder, { recursive: true })
  await writeFile(`${folder}/package.json`, `${JSON.stringify({ type: 'module', version })}\n`)
}
