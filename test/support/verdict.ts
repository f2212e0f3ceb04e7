import type { Test } from 'tap'
import type { ChildResult } from './child.js'

/** Holds a client program to having ended well; if it has not, the failure shows all that it said. */
export function endedWell(t: Test, result: ChildResult, name: string): void {
  const { code, signal, stdout, stderr } = result
  t.equal(code === 0 ? '' : `exit code ${code} ${signal ?? ''}\n${stdout}${stderr}`, '', name)
}

/** What a program has printed, line by line. All of its output, if it has not ended well. */
export function linesOf({ code, stdout, stderr }: ChildResult): string[] {
  return (code === 0 ? stdout : `exit code ${code}\n${stdout}${stderr}`).trimEnd().split('\n')
}
