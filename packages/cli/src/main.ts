/** The process: arguments in, exit code out. Everything else can be called without a process. */
import { run } from './command.js'
import { systemIo } from './io.js'
import { endOnUncaught } from './uncaught.js'

endOnUncaught()
process.exitCode = await run(process.argv.slice(2), systemIo)
