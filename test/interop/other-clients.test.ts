import { join } from 'node:path'
import t from 'tap'
import { runChild, startChild } from '../support/child.js'
import { program } from '../support/java.js'
import { startTarget } from '../support/target.js'
import { removeDir, tempDir } from '../support/temp-dir.js'
import { needs } from '../support/tools.js'
import { endedWell } from '../support/verdict.js'

t.setTimeout(300_000)

for (const [name, what] of [
  ['c_client', 'finds what it expects'],
  ['c_sessions', 'takes over sessions, authenticates, watches and makes every kind of znode'],
]) {
  t.test(`Apache's C client ${what}`, needs('the C library (Debian: libzookeeper-mt-dev, gcc)'), async t => {
    const folder = tempDir('c')
    t.teardown(() => removeDir(folder))
    const binary = join(folder, name)
    const flags = ['-DTHREADED', '-o', binary, program(`${name}.c`), '-lzookeeper_mt', '-lpthread']
    endedWell(t, await runChild('gcc', flags), 'it compiles')
    await using server = await startTarget({ config: { extendedTypesEnabled: true } })
    const result = await runChild(binary, [server.address])
    endedWell(t, result, 'no surprise')
    t.match(result.stdout, /all is well/)
  })
}

t.test("the C client's shell works", needs('the C client (Debian: zookeeper-bin)'), async t => {
  await using server = await startTarget()
  const shell = startChild('/usr/lib/zookeeper/bin/cli_mt', [server.address])
  t.teardown(() => shell.end('SIGKILL'))
  const say = async (line: string, answer: RegExp) => {
    shell.process.stdin?.write(`${line}\n`)
    await shell.until(answer)
    t.pass(line)
  }
  await shell.until(/SESSION_EVENT state = CONNECTED_STATE/)
  await say('create /shell', /\[\/shell\]: rc = 0\s+name = \/shell/)
  await say('set /shell text', /\/shell: rc = 0[\s\S]*version=1/)
  await say('get /shell', /value_len = 4\s+text/)
  await say('ls /', /\/: rc = 0[\s\S]*(zookeeper\s+shell|shell\s+zookeeper)/)
  await say('exists /none', /Error -101 for \/none/)
  await say('delete /shell', /DELETED_EVENT state = CONNECTED_STATE for path \/shell[\s\S]*\/shell: rc = 0/)
})

t.test('node-zookeeper-client finds what it expects', async t => {
  await using server = await startTarget()
  const result = await runChild(process.execPath, [program('node-client.mjs'), server.address])
  endedWell(t, result, 'no surprise')
  t.match(result.stdout, /all is well/)
})
