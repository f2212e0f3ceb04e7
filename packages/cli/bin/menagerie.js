#!/usr/bin/env node
// Starts the compiled command, or says how to compile it.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { loadBundle } from './bundle.js'

const bundle = fileURLToPath(new URL('../bundle/main.cjs', import.meta.url))
const compiled = new URL('../dist/main.js', import.meta.url)

async function command() {
  // The bundle starts faster; without it the compiled files do the same.
  if (existsSync(bundle)) return loadBundle(bundle).main
  return existsSync(fileURLToPath(compiled)) ? (await import(compiled.href)).main : undefined
}

const main = await command()
if (main !== undefined) {
  process.exitCode = await main(process.argv.slice(2))
} else {
  process.stderr.write('menagerie: not compiled yet: run "npm run build" in the root of the repository first\n')
  process.exitCode = 1
}
