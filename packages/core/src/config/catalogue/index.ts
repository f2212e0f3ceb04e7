/**
 * Every key of zoo.cfg: what it takes, what it does and what becomes of it here. The reader, the
 * `check-config` command and docs/configuration.md all draw on this one table.
 */
import { authentication } from './auth.js'
import { clients } from './clients.js'
import { members, tuning } from './ensemble.js'
import type { ConfigKey, KeyGroup } from './key.js'
import { operation, requests, sessions, watches } from './server.js'
import { storage } from './storage.js'
import { clientTls, quorumTls } from './tls.js'

export type { ConfigKey, KeyGroup, KeyRole } from './key.js'

/** The same in groups, as the documentation has them. */
export const keyGroups: readonly KeyGroup[] = [
  storage,
  clients,
  sessions,
  requests,
  watches,
  authentication,
  clientTls,
  operation,
  members,
  tuning,
  quorumTls,
]

/** Every key of a zoo.cfg that is known here. */
export const configKeys: readonly ConfigKey[] = keyGroups.flatMap(group => group.keys)

const byName = new Map<string, ConfigKey>()
for (const key of configKeys) for (const name of [key.key, ...(key.also ?? [])]) byName.set(name, key)

export interface FoundKey {
  readonly key: ConfigKey
  /** The key's own name with the part that `*` stands for filled in: `superUser.1`. */
  readonly name: string
  /** What `*` stands for. */
  readonly suffix?: string
  /** Written with `zookeeper.` in front, which is how Java properties are named but not keys of a file. */
  readonly prefixed: boolean
}

/** The key that a name in a file stands for, with `zookeeper.` or without. */
export function findKey(name: string): FoundKey | undefined {
  return lookUp(name, false) ?? (name.startsWith('zookeeper.') ? lookUp(name.slice(10), true) : undefined)
}

function lookUp(name: string, prefixed: boolean): FoundKey | undefined {
  const key = byName.get(name)
  if (key) return { key, name: key.key, prefixed }
  const dot = name.lastIndexOf('.')
  for (let end = name.indexOf('.'); end > 0 && end <= dot; end = name.indexOf('.', end + 1)) {
    const family = byName.get(`${name.slice(0, end)}.*`)
    const suffix = name.slice(end + 1)
    if (family && suffix !== '') return { key: family, name, suffix, prefixed }
  }
  return undefined
}

/** Every name that a file may use, for suggestions. */
export const keyNames: readonly string[] = [...byName.keys()].filter(name => !name.endsWith('*'))
