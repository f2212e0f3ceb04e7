import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startChild } from './child.js'
import { freePort } from './ports.js'
import { startServerProcess } from './server-process.js'
import { type ServerUnderTest, type StartOptions, zooCfg } from './server-under-test.js'
import { tempDir } from './temp-dir.js'

/** The command as it is installed; this file runs from test/dist/support. */
export const MENAGERIE_COMMAND = fileURLToPath(new URL('../../../packages/cli/bin/menagerie.js', import.meta.url))

/** Menagerie's standalone server in a process of its own, started as people start it. Use `await using`, or dispose. */
export async function startMenagerie(options: StartOptions = {}): Promise<ServerUnderTest & AsyncDisposable> {
  const port = await freePort()
  const home = tempDir('server')
  const dataDir = options.dataDir ?? join(home, 'data')
  const configFile = join(home, 'zoo.cfg')
  writeFileSync(configFile, zooCfg(port, dataDir, options.config))
  const command = [process.execPath, MENAGERIE_COMMAND, 'start', configFile]
  const { descriptorsMax } = options
  const [file, ...args] = descriptorsMax === undefined ? command : limited(descriptorsMax, command)
  const start = () => startChild(file, args, { cwd: home })
  return startServerProcess({ name: 'menagerie', port, dataDir, home, start })
}

function limited(descriptorsMax: number, command: readonly string[]): string[] {
  return ['sh', '-c', `ulimit -n ${descriptorsMax} && exec "$0" "$@"`, ...command]
}
