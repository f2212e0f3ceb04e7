// Runs one example by the name of its folder: npm run example -- rendezvous
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const home = fileURLToPath(new URL('.', import.meta.url))
const names = readdirSync(home).filter(name => existsSync(`${home}${name}/main.js`))
const [, , name, ...rest] = process.argv
if (name === undefined || !names.includes(name)) {
  console.error(`Say which example to run, one of: ${names.join(', ')}. For instance: npm run example -- ${names[0]}`)
  process.exit(2)
}
const example = spawn(process.execPath, [`${home}${name}/main.js`, ...rest], { stdio: 'inherit' })
// A terminal tells everybody of Ctrl-C: this process stays until the example has ended all that it has started.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => example.kill('SIGTERM'))
const [status] = await once(example, 'close')
process.exit(status ?? 1)
