/**
 * Which places this process knows to be somebody's. Where neither name nor data tells two contenders of one session
 * apart, whoever looks for a znode whose creation was not answered must not take another one's for it.
 */
import type { Client } from '@menagerie/client'

const claimed = new WeakMap<Client, Set<string>>()

/** @returns whether it was nobody's before */
export function claim(client: Client, path: string): boolean {
  const paths = claimed.get(client) ?? new Set()
  claimed.set(client, paths)
  if (paths.has(path)) return false
  paths.add(path)
  return true
}

/** The place has been left. */
export function unclaim(client: Client, path: string): void {
  claimed.get(client)?.delete(path)
}
