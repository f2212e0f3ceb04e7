/** The znodes of the fetching service, and what they hold. */
import { type Client, CreateMode } from '@menagerie/client'
import { ConfigStore, ensurePath, jsonCodec } from '@menagerie/recipes'
import { z } from 'zod'

export const paths = {
  /** Candidates for master, ephemeral sequential: the first one leads. */
  masters: '/masters',
  /** One ephemeral znode for each fetcher that lives, with its {@link Health}. */
  fetchers: '/fetchers',
  /** One znode for each page that is wanted and not there yet: {@link Request}. */
  requests: '/requests',
  /** What a fetcher has to do, one child for each request. */
  assignments: (fetcher: string) => `/assignments/${fetcher}`,
  /** One znode for each page that has been fetched, until its client has seen it: {@link Result}. */
  results: '/results',
}

export interface Request {
  readonly url: string
  /** Who fetches it, if anybody does, and the fencing token of the master that said so. */
  readonly fetcher?: string
  readonly term?: number
}

export interface Result {
  readonly url: string
  /** Of HTTP; 0 if the site could not be reached. */
  readonly status: number
  readonly bytes: number
  readonly fetcher: string
}

export interface Health {
  readonly fetched: number
  readonly pending: number
}

export const requests = jsonCodec<Request>()
export const results = jsonCodec<Result>()
export const health = jsonCodec<Health>()

/** What the operator may change at any time; masters, fetchers and clients follow. */
const crawl = z.object({
  userAgent: z.string().min(1).default('menagerie'),
  /** Between two pages of one fetcher. */
  pauseMs: z.number().int().nonnegative().default(100),
  /** How many requests a master gives to one fetcher at a time. */
  perFetcher: z.number().int().positive().default(4),
  /** How many requests a client leaves unanswered at a time. */
  perClient: z.number().int().positive().default(20),
})
export type Crawl = z.infer<typeof crawl>

export const configuration = (client: Client) => new ConfigStore(client, '/config', { crawl: crawl.prefault({}) })

/** Makes the folders. Whoever comes first does it. */
export async function prepare(client: Client): Promise<void> {
  for (const path of [paths.requests, paths.results]) await ensurePath(client, path, CreateMode.PERSISTENT)
}

export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
