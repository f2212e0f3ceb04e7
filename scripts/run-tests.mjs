// Runs the compiled tests with tap. `npm test -- core tree` narrows to files whose path contains a word.
// The last line says 'N passed, N failed, N skipped' out of tap's own results. The exit code is not zero when
// something failed, when no test ran, or in CI (CI=true) when something was skipped.
import { spawn, spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { createInterface } from 'node:readline'

const words = process.argv.slice(2)
const inCi = process.env.CI === 'true'

/** Compiled test files below the packages and test/. */
function testFiles() {
  const files = []
  for (const name of readdirSync('packages')) collect(`packages/${name}/dist-test`, files)
  collect('test/dist', files)
  return files.filter(file => words.length === 0 || words.some(word => file.includes(word))).sort()
}

function collect(folder, files) {
  let entries = []
  try {
    entries = readdirSync(folder, { withFileTypes: true, recursive: true })
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
  }
  for (const entry of entries) {
    if (entry.isFile() && entry.name.endsWith('.test.js')) files.push(`${entry.parentPath ?? entry.path}/${entry.name}`)
  }
}

/** The counts of tap's closing comment, such as `# { total: 9, pass: 7, fail: 1, skip: 1 }`. */
function countsOf(line) {
  const match = line.match(/^# \{ (total: \d+.*) \}$/)
  if (match === null) return undefined
  return Object.fromEntries(match[1].split(', ').map(pair => [pair.split(': ')[0], Number(pair.split(': ')[1])]))
}

/** Of a TAP stream, what a person wants to see: each file's end, what was skipped, and failures with their reasons. */
function printer() {
  let shown = -1
  return line => {
    const indent = line.search(/\S/)
    if (shown >= 0 && (indent > shown || indent === -1)) return console.log(line)
    shown = -1
    if (/^\s*not ok\b/.test(line)) {
      shown = indent
      console.log(line)
    } else if (/^ok\b/.test(line) || /^\s*ok\b.*# (SKIP|TODO)/i.test(line) || /^Bail out!/.test(line)) console.log(line)
  }
}

const files = testFiles()
if (files.length === 0) {
  console.error(`No test file matches ${words.join(' ') || 'packages/*/dist-test'}. Run "npm run build" first.`)
  process.exit(1)
}
if (files.some(file => file.startsWith('test/'))) {
  const tools = spawnSync(process.execPath, ['scripts/install-test-tools.mjs'], { stdio: 'inherit' })
  if (tools.status !== 0) process.exit(1)
}

// A fresh checkout: tap makes itself anew without the loaders that .taprc leaves out, before the first test and not beside it.
const built = spawnSync('npx', ['tap', 'build'], { stdio: ['ignore', 'ignore', 'inherit'] })
if (built.status !== 0) process.exit(1)

const tap = spawn('npx', ['tap', 'run', '--reporter=tap', ...files], { stdio: ['ignore', 'pipe', 'inherit'] })
const print = printer()
let counts
for await (const line of createInterface({ input: tap.stdout })) {
  counts = countsOf(line) ?? counts
  print(line)
}
const status = tap.exitCode ?? (await new Promise(resolve => tap.once('close', resolve)))
const { total = 0, pass = 0, fail = 0, skip = 0, todo = 0 } = counts ?? {}
const skipped = skip + todo
let failed = fail
if (status !== 0 && failed === 0) failed = 1
if (total === 0) console.error('No test ran.')
if (inCi && skipped > 0) console.error('Nothing may be skipped in CI.')
console.log(`${pass} passed, ${failed} failed, ${skipped} skipped`)
process.exit(failed > 0 || total === 0 || (inCi && skipped > 0) ? 1 : 0)
