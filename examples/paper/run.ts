// Runs one example by the name of its folder: npm run example -- rendezvous
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const home = fileURLToPath(new URL('.', import.meta.url))
const names = readdirSync(home).filter(name => existsSync(`${home}${name}/main.js`))
const [, , name, ...rest] = process.argv
if (name === undefined || !names.includes(name)) {
  console.error(`Say which example to run, one of: ${names.join(', ')}. For instance: npm run example -- ${names[0]}`)
  process.exit(2)
}
const { status } = spawnSync(process.execPath, [`${home}${name}/main.js`, ...rest], { stdio: 'inherit' })
process.exit(status ?? 1)
