/** Deploys an index: one znode for each shard, which the master then assigns. */
import { type Client, NodeExistsError } from '@menagerie/client'
import { DOCUMENTS } from './documents.js'
import { paths, prepare, shards } from './layout.js'

/** @param count of shards; those that exist are left as they are */
export async function deploy(client: Client, count: number): Promise<void> {
  await prepare(client)
  const bound = (n: number) => Math.round((n * DOCUMENTS) / count)
  for (let n = 0; n < count; n++) {
    const data = shards.encode({ from: bound(n), to: bound(n + 1) })
    await client.create(`${paths.shards}/shard-${n + 1}`, data).catch(error => {
      if (!(error instanceof NodeExistsError)) throw error
    })
  }
}
