/** A worker's ear for searches: `GET /SHARD/WORD` gives the numbers of the documents, or 404 if it has no such shard. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { InvertedIndex } from './inverted-index.js'

export interface SearchServer extends AsyncDisposable {
  readonly url: string
}

export async function openSearch(indices: ReadonlyMap<string, InvertedIndex>): Promise<SearchServer> {
  const server = createServer((request, response) => {
    const [, shard, word] = (request.url ?? '').split('/').map(decodeURIComponent)
    const index = indices.get(shard)
    if (index === undefined) response.writeHead(404).end()
    else response.setHeader('content-type', 'application/json').end(JSON.stringify(index.search(word)))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
