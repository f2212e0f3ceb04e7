import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Child, startChild } from './child.js'
import { freePort } from './ports.js'
import { type ServerUnderTest, type StartOptions, untilServing, zooCfg } from './server-under-test.js'
import { removeDir, tempDir } from './temp-dir.js'

/** The command as it is installed; this file runs from test/dist/support. */
export const MENAGERIE_COMMAND = fileURLToPath(new URL('../../../packages/cli/bin/menagerie.js', import.meta.url))

/** Menagerie's standalone server in a process of its own, started as people start it. Use `await using`, or dispose. */
export async function startMenagerie(options: StartOptions = {}): Promise<ServerUnderTest & AsyncDisposable> {
  const port = await freePort()
  const home = tempDir('server')
  const dataDir = options.dataDir ?? join(home, 'data')
  const configFile = join(home, 'zoo.cfg')
  writeFileSync(configFile, zooCfg(port, dataDir, options.config))
  let child: Child

  const start = async () => {
    child = startChild(process.execPath, [MENAGERIE_COMMAND, 'start', configFile], { cwd: home })
    await untilServing(port, child)
  }
  await start()
  const server: ServerUnderTest & AsyncDisposable = {
    name: 'menagerie',
    port,
    address: `127.0.0.1:${port}`,
    dataDir,
    output: () => child.output,
    stop: async () => void (await child.end('SIGTERM')),
    kill9: async () => void (await child.end('SIGKILL')),
    restart: async () => {
      await child.end('SIGTERM')
      await start()
    },
    dispose: async () => {
      await child.end('SIGKILL')
      removeDir(home)
    },
    [Symbol.asyncDispose]: () => server.dispose(),
  }
  return server
}
