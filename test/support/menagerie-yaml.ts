import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Child, startChild } from './child.js'
import { freePort } from './ports.js'
import { type ServerUnderTest, untilServing } from './server-under-test.js'
import { removeDir, tempDir } from './temp-dir.js'

/** The command as it is installed; this file runs from test/dist/support. */
const COMMAND = fileURLToPath(new URL('../../../packages/cli/bin/menagerie.js', import.meta.url))

export interface YamlServerOptions {
  /** Kernel settings by their own names. */
  readonly settings?: Readonly<Record<string, unknown>>
  /** What stands below `plugins:`; paths are relative to the server's home. */
  readonly plugins: readonly { readonly use: string; readonly with?: Readonly<Record<string, unknown>> }[]
}

/** A standalone server from Menagerie's own YAML, in a process of its own. Use `await using`, or dispose. */
export async function startFromYaml(options: YamlServerOptions): Promise<ServerUnderTest & AsyncDisposable> {
  const port = await freePort()
  const home = tempDir('server')
  const server = { clients: { listen: `127.0.0.1:${port}` }, fourLetterWords: ['*'], ...options.settings }
  // JSON is YAML.
  writeFileSync(join(home, 'menagerie.yaml'), JSON.stringify({ server, plugins: options.plugins }))
  let child: Child
  const start = async () => {
    child = startChild(process.execPath, [COMMAND, 'start', 'menagerie.yaml'], { cwd: home })
    await untilServing(port, child)
  }
  await start()
  const running: ServerUnderTest & AsyncDisposable = {
    name: 'menagerie',
    port,
    address: `127.0.0.1:${port}`,
    dataDir: home,
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
    [Symbol.asyncDispose]: () => running.dispose(),
  }
  return running
}
