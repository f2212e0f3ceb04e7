import type { Test } from 'tap'
import type { ChildResult } from './child.js'

/** Holds a client program to having ended well; if it has not, the failure shows all that it said. */
export function endedWell(t: Test, result: ChildResult, name: string): void {
  const { code, signal, stdout, stderr } = result
  t.equal(code === 0 ? '' : `exit code ${code} ${signal ?? ''}\n${stdout}${stderr}`, '', name)
}
