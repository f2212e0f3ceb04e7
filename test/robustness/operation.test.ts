import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { type Child, startChild } from '../support/child.js'
import { freePort } from '../support/ports.js'
import { untilServing, zooCfg } from '../support/server-under-test.js'
import { removeDir, tempDir } from '../support/temp-dir.js'
import { WireClient } from './support/wire-client.js'
import { countWritten, PipelinedWriter, prepareWriter } from './support/writer.js'

// The machine may have other work: this is no measure, only the end of patience.
t.setTimeout(300_000)

const COMMAND = fileURLToPath(new URL('../../../packages/cli/bin/menagerie.js', import.meta.url))

t.test('the command', async t => {
  const home = tempDir('operation')
  t.teardown(() => removeDir(home))
  const children: Child[] = []
  t.teardown(() => Promise.all(children.map(child => child.end('SIGKILL'))))
  let configs = 0

  /** Starts the command; `prefix` is a command to run it by. */
  const start = (port: number, dataDir: string, more = '', prefix: readonly string[] = []): Child => {
    const file = join(home, `zoo-${++configs}.cfg`)
    writeFileSync(file, zooCfg(port, dataDir) + more)
    const [command, ...args] = [...prefix, process.execPath, COMMAND, 'start', file]
    const child = startChild(command, args)
    children.push(child)
    return child
  }

  const port = await freePort()
  const dataDir = join(home, 'data')
  let server = start(port, dataDir)
  await untilServing(port, server)

  t.test('refuses a port in use', async t => {
    const { code, stderr } = await start(port, join(home, 'other')).exited
    t.equal(code, 1)
    t.match(stderr, new RegExp(`port ${port} .*in use`))
  })

  t.test('refuses a data directory that a running server has', async t => {
    const { code, stderr } = await start(await freePort(), dataDir).exited
    t.equal(code, 1)
    t.match(stderr, new RegExp(`in use by the server with process id ${server.process.pid}`))
  })

  t.test('refuses a data directory that it may not write to', async t => {
    const folder = join(home, 'unwritable')
    mkdirSync(folder)
    chmodSync(folder, 0o555)
    chmodSync(home, 0o755)
    const asNobody = process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : []
    const { code, stderr } = await start(await freePort(), join(folder, 'data'), '', asNobody).exited
    t.equal(code, 1)
    t.match(stderr, /data folder .* cannot be used: this user may not write there/)
  })

  t.test('refuses a data directory below a file', async t => {
    writeFileSync(join(home, 'file'), '')
    const { code, stderr } = await start(await freePort(), join(home, 'file', 'data')).exited
    t.equal(code, 1)
    t.match(stderr, /a part of the path is a file/)
  })

  t.test('refuses a myid that is no number or names no server of the ensemble', async t => {
    const folder = join(home, 'ensemble')
    mkdirSync(folder)
    const servers =
      'server.1=127.0.0.1:2888:3888\nserver.2=127.0.0.1:2889:3889\nserver.3=127.0.0.1:2890:3890\ninitLimit=5\nsyncLimit=5\n'
    for (const myid of ['x', '', '-1', '7']) {
      writeFileSync(join(folder, 'myid'), myid)
      const { code, stderr } = await start(await freePort(), folder, servers).exited
      t.equal(code, 1)
      t.match(stderr, /myid/, `"${myid}"`)
    }
  })

  t.test('starts over the lock that kill -9 has left', async t => {
    await server.end('SIGKILL')
    const locks = () => readdirSync(dataDir).filter(name => name.startsWith('menagerie.lock.'))
    const [left] = locks()
    t.ok(left)
    server = start(port, dataDir)
    await untilServing(port, server)
    t.equal(locks().length, 1)
    t.notOk(locks().includes(left))
  })

  t.test('ends with 0 at SIGTERM while clients write, and every acknowledged write is kept', async t => {
    const client = await WireClient.open(port)
    await prepareWriter(client)
    const writer = new PipelinedWriter(client)
    await writer.until(500)
    const { code } = await server.end('SIGTERM')
    await writer.ended
    t.equal(code, 0)
    server = start(port, dataDir)
    await untilServing(port, server)
    const again = await WireClient.open(port)
    t.ok((await countWritten(again)) >= writer.acknowledged)
    again.destroy()
  })

  t.test('ends at once at a second signal, also while it waits for a plugin', async t => {
    writeFileSync(
      join(home, 'waits.mjs'),
      "console.log('waiting')\nsetInterval(() => {}, 1000)\nawait new Promise(() => {})\n",
    )
    writeFileSync(join(home, 'waits.yaml'), 'plugins: [{ use: ./waits.mjs }]\n')
    const child = startChild(process.execPath, [COMMAND, 'start', join(home, 'waits.yaml')])
    children.push(child)
    await child.until(/waiting/)
    child.process.kill('SIGTERM')
    await child.until(/a second signal stops at once/)
    const { code } = await child.end('SIGINT')
    t.equal(code, 128 + 2)
  })
})
