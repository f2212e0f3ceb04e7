// Makes the code cache of the bundled command. A server is started out of it and does some work for a client, so that the
// cache holds what a start, the first requests and a stop need, and little else.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createConnection, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { codeCacheOf, loadBundle } from '../packages/cli/bin/bundle.js'
import { CreateMode, connect } from '../packages/client/dist/index.js'

const bundle = fileURLToPath(new URL('../packages/cli/bundle/main.cjs', import.meta.url))
const port = await new Promise((resolve, reject) => {
  const server = createServer()
  server.on('error', reject)
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address()
    server.close(() => resolve(port))
  })
})
const folder = mkdtempSync(join(tmpdir(), 'menagerie-bundle-'))
const config = join(folder, 'zoo.cfg')
writeFileSync(config, `dataDir=${join(folder, 'data')}\nclientPort=${port}\nclientPortAddress=127.0.0.1\n`)

let script
const { main } = loadBundle(bundle, loaded => {
  script = loaded
})
const ended = main(['start', config, '--log-level', 'error'])
const listens = () =>
  new Promise(resolve => {
    const socket = createConnection(port, '127.0.0.1', () => resolve(true))
    socket.on('error', () => resolve(false)).on('connect', () => socket.destroy())
  })
const work = async () => {
  while (!(await listens())) await delay(10)
  const client = await connect(`127.0.0.1:${port}`)
  const data = new Uint8Array(100)
  await client.create('/a', data)
  await client.create('/a/e', data, { mode: CreateMode.EPHEMERAL })
  await client.getData('/a')
  await client.setData('/a', data)
  await client.getChildren('/a')
  await client.exists('/a')
  await client.close()
}
const failed = ended.then(code => Promise.reject(new Error(`the server ended with ${code}`)))
await Promise.race([work(), failed])
failed.catch(() => {})
process.kill(process.pid, 'SIGTERM')
const code = await ended
if (code !== 0) throw new Error(`the server ended with ${code}`)
writeFileSync(codeCacheOf(bundle), script.createCachedData())
rmSync(folder, { recursive: true })
