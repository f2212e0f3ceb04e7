import { closeSync, openSync, readSync } from 'node:fs'
import type { Logger, Oracle } from '@menagerie/core'

const YES = '1'.charCodeAt(0)

/**
 * The oracle of a zoo.cfg (`oraclePath`): a file that a failure detector writes, whose first character is 1 while this
 * server may go on alone. One that cannot be read says no; the reason is logged when it changes.
 */
export function oracleFile(path: string, logger: Logger): Oracle {
  let known: string | undefined
  return () => {
    const answer = read(path)
    const now = typeof answer === 'string' ? `no: ${answer}` : answer ? 'yes' : 'no'
    if (now !== known) logger.warn({ path, answer: now }, `the oracle says ${now}`)
    known = now
    return answer === true
  }
}

/** A text says why there is no answer. */
function read(path: string): boolean | string {
  try {
    const file = openSync(path, 'r')
    try {
      const first = Buffer.alloc(1)
      return readSync(file, first, 0, 1, 0) === 1 && first[0] === YES
    } finally {
      closeSync(file)
    }
  } catch (error) {
    return (error as Error).message
  }
}
