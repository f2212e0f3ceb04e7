import { type Client, connect } from '@menagerie/client'
import type { Test } from 'tap'
import type { RealServer } from './real-server.js'

type Run = (t: Test, client: Client, server: RealServer) => Promise<void>

/** One test: with a client of its own, below a path of its own. */
export interface ClientTest {
  readonly name: string
  readonly run: Run
}

/** Runs tests one after the other against one server. */
export async function runTests(t: Test, server: RealServer, tests: readonly ClientTest[]): Promise<void> {
  for (const { name, run } of tests) {
    await t.test(name, async t => {
      const chroot = `/${name.replace(/[^a-z]+/g, '-')}`
      const root = await connect(`127.0.0.1:${server.port}`)
      await root.create(chroot)
      await root.close()
      const client = await connect(`127.0.0.1:${server.port}${chroot}`)
      try {
        await run(t, client, server)
      } finally {
        await client.close()
      }
    })
  }
}
