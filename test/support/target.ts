import { startApache } from './apache.js'
import { startMenagerie } from './menagerie.js'
import type { ServerUnderTest, StartOptions } from './server-under-test.js'

/**
 * Which server the interoperability tests are held against: Menagerie, or with
 * MENAGERIE_TEST_TARGET=apache the original, which proves the tests themselves.
 */
export const target = process.env.MENAGERIE_TEST_TARGET === 'apache' ? 'apache' : 'menagerie'

export function startTarget(options: StartOptions = {}): Promise<ServerUnderTest & AsyncDisposable> {
  return target === 'apache' ? startApache(options) : startMenagerie(options)
}
