/** The znodes of the sharded indexer, and what they hold. */
import { type CachedNode, type Client, CreateMode, type TreeCache } from '@menagerie/client'
import { type Codec, ensurePath, jsonCodec } from '@menagerie/recipes'

export const paths = {
  /** Candidates for master, ephemeral sequential: the first one leads. */
  masters: '/masters',
  /** One ephemeral znode for each worker that lives: {@link Worker}. */
  workers: '/workers',
  /** One znode for each shard of the index: {@link Shard}. */
  shards: '/shards',
  /** To whom the master has assigned a shard: {@link Assignment}. */
  assignments: '/assignments',
  /** One ephemeral znode for each shard that can be searched, of the worker that has it: {@link Serving}. */
  serving: '/serving',
}

/** Which documents belong to it: from the first number up to, and without, the second. */
export interface Shard {
  readonly from: number
  readonly to: number
}

export interface Assignment {
  readonly worker: string
  /** Fencing token of the master that said so. */
  readonly term: number
}

export interface Serving {
  readonly worker: string
  /** Of its HTTP server. */
  readonly url: string
}

export interface Worker {
  readonly url: string
  /** How many documents it has indexed, by shard. */
  readonly progress: Readonly<Record<string, number>>
}

export const shards = jsonCodec<Shard>()
export const assignments = jsonCodec<Assignment>()
export const servings = jsonCodec<Serving>()
export const workers = jsonCodec<Worker>()

/** Makes the folders. Whoever comes first does it. */
export async function prepare(client: Client): Promise<void> {
  for (const path of [paths.shards, paths.assignments, paths.serving]) {
    await ensurePath(client, path, CreateMode.PERSISTENT)
  }
}

/** What a cache holds right below its path, by name. */
export function childrenIn<T>(cache: TreeCache, codec: Codec<T>): Map<string, T & { readonly node: CachedNode }> {
  const children = new Map<string, T & { readonly node: CachedNode }>()
  for (const node of cache.nodes()) {
    if (node.path !== cache.path) {
      children.set(node.path.slice(cache.path.length + 1), { ...codec.decode(node.data!), node })
    }
  }
  return children
}
