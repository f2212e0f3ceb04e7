/** The children of a znode with their data, as they change: what membership and discovery look at. */
import { type Client, KeeperCode, type Stat } from '@menagerie/client'
import type { Observable } from 'rxjs'
import { Bell } from '../base/bell.js'
import { withParent } from '../base/parents.js'
import { acrossSessions, isCode, persevere } from '../base/retry.js'
import { streamOf } from '../base/streams.js'

export interface Child {
  readonly name: string
  readonly data: Uint8Array | null
  readonly stat: Stat
}

/** All children now; none if the znode is missing. A child that goes while it is read is left out. */
export async function childrenOf(client: Client, folder: string): Promise<Child[]> {
  const names = await persevere(client, () => client.getChildren(folder)).catch(orMissing)
  const children = await Promise.all((names ?? []).sort().map(name => readChild(client, folder, name)))
  return children.flatMap(child => child ?? [])
}

/**
 * All children now and whenever something about them changes. Changes that come close together are told as one. A znode is
 * read again only if it has changed. The folder is made if it is missing, since only what exists can be watched. Completes
 * when the client is closed, errors when the session has expired.
 */
export function children$(client: Client, folder: string, parentMode: number): Observable<readonly Child[]> {
  return streamOf((tell, signal) => follow(client, folder, parentMode, tell, signal))
}

async function follow(
  client: Client,
  folder: string,
  parentMode: number,
  tell: (children: readonly Child[]) => void,
  signal: AbortSignal,
): Promise<void> {
  const bell = new Bell()
  const session = client.state$.subscribe({ next: state => state === 'expired' && bell.ring(), complete: bell.ring })
  const known = new Map<string, Child>()
  /** What has changed since it was read. It stays known as it was until it is read again: it is not gone. */
  const stale = new Set<string>()
  let told: string | undefined
  try {
    for (;;) {
      const list = () => persevere(client, () => client.getChildren(folder, { watch: bell.ring }), signal)
      const names = await acrossSessions(client, () => withParent(client, folder, parentMode, list))
      const present = new Set(names)
      for (const name of known.keys()) if (!present.has(name)) known.delete(name)
      await Promise.all(
        names
          .filter(name => !known.has(name) || stale.has(name))
          .map(async name => {
            const watch = () => {
              stale.add(name)
              bell.ring()
            }
            stale.delete(name)
            const child = await readChild(client, folder, name, watch)
            if (child === undefined) known.delete(name)
            else known.set(name, child)
          }),
      )
      const children = [...known.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
      const state = children.map(({ name, stat }) => `${name} ${stat.czxid} ${stat.mzxid}`).join('/')
      if (state !== told) tell(children)
      told = state
      await bell.wait(signal)
    }
  } finally {
    session.unsubscribe()
  }
}

async function readChild(client: Client, folder: string, name: string, watch?: () => void): Promise<Child | undefined> {
  const read = () => client.getData(`${folder}/${name}`, { watch: watch ?? false })
  const found = await acrossSessions(client, () => persevere(client, read)).catch(orMissing)
  return found === undefined ? undefined : { name, ...found }
}

function orMissing(error: unknown): undefined {
  if (!isCode(error, KeeperCode.NoNode)) throw error
}
