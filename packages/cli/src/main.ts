/** The process. Everything else can be called without one. */
import { run } from './command.js'
import { systemIo } from './io.js'
import { endOnUncaught } from './uncaught.js'

/** Arguments in, exit code out. */
export async function main(args: readonly string[]): Promise<number> {
  endOnUncaught()
  return run([...args], systemIo)
}
