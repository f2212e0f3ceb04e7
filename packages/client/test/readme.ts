/** What the README shows, run as it stands there. */
import { CreateMode, connect, NodeCache, TreeCache, withoutProtection, withRetries } from '@menagerie/client'
import { filter, firstValueFrom } from 'rxjs'
import type { ClientTest } from './support/run-tests.js'

export const readme: ClientTest[] = [
  {
    name: 'does what its README shows',
    async run(t, { chroot }, server) {
      await using client = await connect(`127.0.0.1:${server.port}${chroot}`)
      const changed = firstValueFrom(
        client.watch$('/config', { recursive: true }).pipe(filter(({ type }) => type === 'changed')),
      )
      await client.create('/config', new TextEncoder().encode('v1'))
      const { data, stat } = await client.getData('/config')
      t.equal(new TextDecoder().decode(data ?? undefined), 'v1')
      await using config = await NodeCache.open(client, '/config')
      await client.setData('/config', new TextEncoder().encode('v2'), stat.version)
      t.match(await changed, { type: 'changed', path: '/config' })
      const next = await firstValueFrom(config.value$.pipe(filter(node => node?.stat.version === 1)))
      t.equal(new TextDecoder().decode(next?.data ?? undefined), 'v2')

      await client.create('/services')
      await client.create('/services/a', data)
      await using tree = await TreeCache.open(client, '/services')
      t.strictSame(tree.get('/services/a')?.data, data)

      await client.create('/locks')
      const path = await client.create('/locks/lock-', null, { mode: CreateMode.EPHEMERAL_SEQUENTIAL, protect: true })
      t.equal(withoutProtection(path.slice('/locks/'.length)), 'lock-0000000000')
      const signal = AbortSignal.timeout(60_000)
      t.equal((await withRetries(() => client.getData('/config'), { retries: 5, signal })).stat.version, 1)
    },
  },
]
