import type { Child } from './child.js'
import { type ServerUnderTest, untilServing } from './server-under-test.js'
import { removeDir } from './temp-dir.js'

export interface ServerProcess {
  readonly name: ServerUnderTest['name']
  readonly port: number
  readonly dataDir: string
  /** Its working directory, which goes with it. */
  readonly home: string
  /** Starts the process, at first and at each restart. */
  start(): Child
}

/** A standalone server in a process of its own, once it serves. */
export async function startServerProcess({ name, port, dataDir, home, start }: ServerProcess) {
  let child = start()
  await untilServing(port, child)
  const server: ServerUnderTest & AsyncDisposable = {
    name,
    port,
    address: `127.0.0.1:${port}`,
    dataDir,
    output: () => child.output,
    stop: async () => void (await child.end('SIGTERM')),
    kill9: async () => void (await child.end('SIGKILL')),
    restart: async () => {
      await child.end('SIGTERM')
      child = start()
      await untilServing(port, child)
    },
    dispose: async () => {
      await child.end('SIGKILL')
      removeDir(home)
    },
    [Symbol.asyncDispose]: () => server.dispose(),
  }
  return server
}
