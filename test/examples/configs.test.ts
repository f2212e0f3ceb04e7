/** The configurations of the examples, started as their READMEs say. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connect } from '@menagerie/client'
import t from 'tap'
import { runChild, startChild } from '../support/child.js'
import { freePort } from '../support/ports.js'
import { fourLetterWord, untilServing } from '../support/server-under-test.js'
import { removeDir, tempDir } from '../support/temp-dir.js'

const repository = fileURLToPath(new URL('../../../', import.meta.url))
const command = join(repository, 'packages/cli/bin/menagerie.js')
t.setTimeout(300_000)

const text = (value: string) => new TextEncoder().encode(value)

/** Each with a file or folder that its storage makes. */
const examples: Record<string, string> = {
  'storage-lmdb': 'data/lmdb/log',
}

for (const [example, made] of Object.entries(examples)) {
  t.test(`examples/${example} starts, keeps what is written, and has it after a kill`, async t => {
    const folder = tempDir('example')
    t.teardown(() => removeDir(folder))
    const config = join(repository, 'examples', example, 'menagerie.yaml')
    const checked = await runChild(process.execPath, [command, 'check-config', config], { cwd: folder })
    t.match(checked, { code: 0, stderr: '' })

    const port = await freePort()
    const start = () =>
      startChild(process.execPath, [command, 'start', config, '--port', String(port)], { cwd: folder })
    let server = start()
    t.teardown(() => server.end('SIGKILL'))
    await untilServing(port, server)
    let client = await connect(`127.0.0.1:${port}`)
    await client.create('/kept', text('by the example'))
    await client.close()
    t.ok(existsSync(join(folder, made)), `the data is in ${made}`)

    await server.end('SIGKILL')
    server = start()
    await untilServing(port, server)
    client = await connect(`127.0.0.1:${port}`)
    t.equal(new TextDecoder().decode((await client.getData('/kept')).data ?? undefined), 'by the example')
    await client.close()
    t.match(await fourLetterWord(port, 'srvr'), /^Mode: standalone$/m)
    t.match(await server.end('SIGTERM'), { code: 0 })
  })
}

t.test('examples/storage-lmdb has less than 200 lines', async t => {
  // That it passes the kits is shown by writing-a-plugin.test.ts, which runs the very same code.
  const folder = join(repository, 'examples/storage-lmdb/src')
  const lines = readdirSync(folder).map(name => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n').length)
  t.ok(lines.reduce((sum, count) => sum + count) < 200, `${lines.join(' + ')} lines`)
})
