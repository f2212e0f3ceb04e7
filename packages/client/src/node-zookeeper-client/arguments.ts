/** What the methods take: arguments in the middle may be left out, and are told apart by their types. */
import assert from 'node:assert'
import type { ACL as ClientAcl } from '@menagerie/core/jute'
import { ACL, CreateMode } from './values.js'

const DATA_BYTES_MAX = 1_048_576

/** @throws AssertionError at once, rather than by the callback */
export function checkPath(path: string): void {
  assert(path && typeof path === 'string', 'Node path must be a non-empty string.')
  assert(path[0] === '/', 'Node path must start with / character.')
  if (path.length === 1) return
  const names = path.slice(1).split('/')
  assert(names.at(-1) !== '', 'Node path must not end with / character.')
  assert(!names.includes(''), 'Node path must not contain empty node name.')
  assert(!names.includes('.') && !names.includes('..'), 'Node path must not contain relative path(s).')
}

export function checkData(data: unknown): asserts data is Buffer | null | undefined {
  assert(
    data === null || data === undefined || Buffer.isBuffer(data),
    'data must be a valid buffer, null or undefined.',
  )
  assert(!data || data.length <= DATA_BYTES_MAX, `data must be equal of smaller than ${DATA_BYTES_MAX} bytes.`)
}

/** The callback, which is the last argument that was given. */
export function callbackOf<C>(...candidates: unknown[]): C {
  const callback = candidates.filter(candidate => candidate !== undefined).at(-1)
  assert(typeof callback === 'function', 'callback must be a function.')
  return callback as C
}

export function versionOf(version: unknown): number {
  const found = typeof version === 'function' || version === undefined ? -1 : version
  assert(typeof found === 'number', 'version must be a number.')
  return found
}

export interface CreateArguments {
  readonly data: Buffer | null
  readonly acl: ClientAcl[]
  readonly mode: number
}

/** Of create and mkdirp: data, ACLs and mode, in any order. */
export function createArguments(given: readonly unknown[]): CreateArguments {
  const acls = given.find(Array.isArray) ?? ACL.OPEN_ACL_UNSAFE
  const mode = given.find(argument => typeof argument === 'number') ?? CreateMode.PERSISTENT
  const data = given.find(Buffer.isBuffer) ?? null
  checkData(data)
  return { data, acl: aclOf(acls), mode: mode as number }
}

export function aclOf(acls: readonly ACL[]): ClientAcl[] {
  assert(Array.isArray(acls) && acls.length > 0, 'acls must be a non-empty array.')
  return acls.map(({ permission, id }) => ({ perms: permission, id: { scheme: id.scheme, id: id.id } }))
}
