/**
 * The identities of one connection: a set, in the order in which Apache would list it.
 *
 * That order is visible. The `auth` scheme writes the caller's identities into the ACL, and whoAmI lists
 * them. Apache keeps them in a hash table, so they come out by hash and not by time of arrival; the same
 * order here makes the same requests leave the same tree.
 */
import type { Identity } from '../seams/authenticator.js'
import { javaHashCode } from './java-text.js'

/** The scheme whose identities pass every check. No ACL entry may name it. */
export const SUPER_SCHEME = 'super'

export function isSuper(identities: readonly Identity[]): boolean {
  for (const identity of identities) if (identity.scheme === SUPER_SCHEME) return true
  return false
}

function sameIdentity(a: Identity, b: Identity): boolean {
  return a.scheme === b.scheme && a.id === b.id
}

/**
 * `current` with `added`, without repetition, in Apache's order. Neither argument is changed.
 *
 * Exact up to 11 identities. From 12 on Apache's table has been rebuilt, which may turn round identities
 * that share a slot.
 */
export function addIdentities(current: readonly Identity[], added: readonly Identity[]): readonly Identity[] {
  // A copy has room for no more than it holds; what was added one by one has room for 17, in each of thousands of connections.
  if (current.length === 0 && added.length <= 1) return added.slice()
  const all = [...current]
  for (const identity of added) if (!all.some(known => sameIdentity(known, identity))) all.push(identity)
  const slots = tableSize(all.length)
  return all
    .map(identity => ({ identity, slot: spread(hashIdentity(identity)) & (slots - 1) }))
    .sort((a, b) => a.slot - b.slot) // stable: within a slot by arrival
    .map(({ identity }) => identity)
}

/** A table of 16 slots doubles whenever it becomes three quarters full. */
function tableSize(entries: number): number {
  let slots = 16
  while (entries >= slots * 0.75) slots *= 2
  return slots
}

function hashIdentity(identity: Identity): number {
  const withScheme = (Math.imul(37, 17) + javaHashCode(identity.scheme)) | 0
  return (Math.imul(37, withScheme) + javaHashCode(identity.id)) | 0
}

function spread(hash: number): number {
  return (hash ^ (hash >>> 16)) & 0x7fffffff
}
