import type { Entry } from '../base/acquire.js'
import { type Dialect, namingFor } from '../base/dialect.js'
import { checkHold, type HoldOptions } from '../base/options.js'
import { argument, checkedPath } from '../base/paths.js'
import { utf8 } from '../base/text.js'

/** For a candidate. */
export interface ElectionOptions extends HoldOptions {
  /** Names this candidate, for all to see. */
  readonly id: string
  /** Whose layout. Default `curator`. */
  readonly dialect?: Dialect
}

/**
 * What a candidate queues with. Libraries queue for leadership as for a lock or as a latch, whose znodes have other names.
 * @throws RECIPE_ARGUMENT for a path, id or dialect that cannot be
 */
export function candidateEntry(
  path: string,
  options: ElectionOptions,
  roleIn: (dialect: Dialect) => 'lock' | 'latch',
): Entry {
  const folder = checkedPath(path)
  if (typeof options.id !== 'string' || options.id === '') throw argument('a candidate needs an id')
  checkHold(options)
  const dialect = options.dialect ?? 'curator'
  const role = roleIn(dialect)
  namingFor(dialect, role, '', 0n)
  return { folder, role, queue: { dialect, roles: [role] }, data: utf8(options.id) }
}
