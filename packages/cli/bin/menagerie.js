#!/usr/bin/env node
// Starts the compiled command, or says how to compile it.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const main = new URL('../dist/main.js', import.meta.url)
if (existsSync(fileURLToPath(main))) {
  await import(main.href)
} else {
  process.stderr.write('menagerie: not compiled yet: run "npm run build" in the root of the repository first\n')
  process.exitCode = 1
}
