import { createHash } from 'node:crypto'

/** An entry with every permission for one id. */
export const ACL_ALL_OF = (scheme: string, id: string) => ({ perms: 31, id: { scheme, id } })

export function digestId(user: string, password: string): string {
  return `${user}:${createHash('sha1').update(`${user}:${password}`).digest('base64')}`
}
