import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startChild } from './child.js'
import { MENAGERIE_COMMAND } from './menagerie.js'
import { freePort } from './ports.js'
import { startServerProcess } from './server-process.js'
import type { ServerUnderTest } from './server-under-test.js'
import { tempDir } from './temp-dir.js'

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
  const start = () => startChild(process.execPath, [MENAGERIE_COMMAND, 'start', 'menagerie.yaml'], { cwd: home })
  return startServerProcess({ name: 'menagerie', port, dataDir: home, home, start })
}
