#!/usr/bin/env node
// Starts the compiled command, or says how to compile it.
import { existsSync } from 'node:fs'
import module from 'node:module'
import { fileURLToPath } from 'node:url'

// The bundle starts faster; without it the compiled files do the same.
const [main] = ['../bundle/main.js', '../dist/main.js']
  .map(path => new URL(path, import.meta.url))
  .filter(url => existsSync(fileURLToPath(url)))
// From Node.js 22 on, compiled code is kept between runs: most of a start is compiling.
module.enableCompileCache?.()

if (main !== undefined) {
  await import(main.href)
} else {
  process.stderr.write('menagerie: not compiled yet: run "npm run build" in the root of the repository first\n')
  process.exitCode = 1
}
