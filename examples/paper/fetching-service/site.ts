/** The web, as far as this example fetches it: a site on the loopback that counts the visits to each page. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Site extends AsyncDisposable {
  readonly url: string
  /** By path. */
  readonly visits: ReadonlyMap<string, number>
}

export async function openSite(): Promise<Site> {
  const visits = new Map<string, number>()
  const server = createServer(({ url = '/' }, response) => {
    visits.set(url, (visits.get(url) ?? 0) + 1)
    response.end(`<title>${url}</title>`)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    visits,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
