// Runs the compiled tests with tap. `npm test -- core tree` narrows to files whose path contains a word.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'

const words = process.argv.slice(2)

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

const files = testFiles()
if (files.length === 0) {
  console.error(`No test file matches ${words.join(' ') || 'packages/*/dist-test'}. Run "npm run build" first.`)
  process.exit(1)
}
const { status } = spawnSync('npx', ['tap', 'run', '--reporter=terse', ...files], { stdio: 'inherit' })
process.exit(status ?? 1)
