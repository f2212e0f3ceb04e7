/** The example that exports changes: stopped and killed in the middle, it loses and repeats none. */
import { spawn } from 'node:child_process'
import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Client, connect } from '@menagerie/client'
import t from 'tap'
import { Child } from '../support/child.js'
import { removeDir, tempDir } from '../support/temp-dir.js'

const script = fileURLToPath(new URL('../../../examples/change-feed/main.mjs', import.meta.url))

interface Line {
  readonly zxid: number
  readonly changes: readonly { readonly change: string; readonly path: string; readonly data?: string }[]
}

t.test('every change of the subtree is there once, in order, over stops and kills', async t => {
  const dir = tempDir('change-feed')
  t.teardown(() => removeDir(dir))
  const file = join(dir, 'changes.jsonl')

  /** Runs the example while `body` uses its server, then ends it with `signal`. */
  const during = async (signal: NodeJS.Signals, body: (client: Client) => Promise<void>) => {
    const child = new Child(spawn(process.execPath, [script, join(dir, 'data'), '/orders', file]), 'change-feed')
    await child.until(/listening on \S+\n/)
    const client = await connect(/listening on (\S+)/.exec(child.stdout)![1])
    await body(client)
    if (signal === 'SIGTERM') await client.close()
    child.process.kill(signal)
    await child.exited
    if (signal === 'SIGKILL') void client.close().catch(() => {})
  }

  const expected: string[] = []
  const put = async (client: Client, n: number) => {
    await client.create(`/orders/${n}`, Buffer.from(`order ${n}`))
    expected.push(`created /orders/${n} order ${n}`)
    await client.create(`/ordersx${n}`, Buffer.from('not below it'))
  }

  await during('SIGTERM', async client => {
    await client.create('/orders', Buffer.from(''))
    expected.push('created /orders ')
    for (let n = 0; n < 20; n++) await put(client, n)
  })
  for (let round = 1; round <= 3; round++) {
    await during('SIGKILL', async client => {
      for (let n = 0; n < 20; n++) await put(client, 100 * round + n)
      await client.delete(`/orders/${round}`)
      expected.push(`deleted /orders/${round} undefined`)
    })
    // What a crash of the machine may leave of a line.
    appendFileSync(file, '{"zxid":12345678,"chan')
  }
  const lines = (): Line[] =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap(line => (line.endsWith('}') ? [JSON.parse(line) as Line] : []))
  await during('SIGTERM', async client => {
    await client.setData('/orders', Buffer.from('end'))
    expected.push('set /orders end')
    while (lines().length < expected.length) await new Promise(resolve => setTimeout(resolve, 20))
  })
  const found = lines().flatMap(line => line.changes.map(({ change, path, data }) => `${change} ${path} ${data}`))
  t.strictSame(found, expected)
  const zxids = lines().map(({ zxid }) => zxid)
  t.strictSame(
    zxids,
    [...new Set(zxids)].sort((a, b) => a - b),
  )
})
