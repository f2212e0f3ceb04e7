import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { ServerSettingsInput } from '@menagerie/core'
import type { StorageFileOptionsInput } from '@menagerie/storage-file'
import { Child, type ChildResult } from '../../support/child.js'
import { fourLetterWord } from '../../support/server-under-test.js'
import { removeDir, tempDir } from '../../support/temp-dir.js'

const MAIN = fileURLToPath(new URL('./process-server-main.js', import.meta.url))

export interface ProcessServerOptions {
  readonly settings?: ServerSettingsInput
  /** An existing data directory, which stays. */
  readonly dataDir?: string
  readonly storage?: Omit<StorageFileOptionsInput, 'dataDir'>
  readonly lingerMs?: number
}

/** What the child is told. */
export type Command =
  | { readonly type: 'memory' }
  | { readonly type: 'unsent' }
  | { readonly type: 'snapshot' }
  | { readonly type: 'close' }
  /** Every write to a file whose path contains `path` fails with this code. */
  | { readonly type: 'failWrites'; readonly path: string; readonly code: string; readonly after?: number }

export interface Memory {
  readonly heapUsed: number
  readonly external: number
  readonly arrayBuffers: number
  readonly rss: number
}

/**
 * A server in a process of its own, as an application embeds one: it can be asked to collect garbage and
 * tell its memory, to let its disk fail, and can be killed. Use `await using`.
 */
export class ProcessServer implements AsyncDisposable {
  port = 0
  private child!: Child
  private readonly home: string
  readonly dataDir: string

  private constructor(private readonly options: ProcessServerOptions) {
    this.home = tempDir('robustness')
    this.dataDir = options.dataDir ?? `${this.home}/data`
  }

  static async start(options: ProcessServerOptions = {}): Promise<ProcessServer> {
    const server = new ProcessServer(options)
    try {
      await server.start()
    } catch (error) {
      removeDir(server.home)
      throw error
    }
    return server
  }

  /** Again, after it has ended, on the same data; the port may be another one. */
  async start(): Promise<void> {
    const { storage, lingerMs } = this.options
    const config = {
      settings: { maxClientCnxns: 0, fourLetterWords: ['*'], ...this.options.settings },
      storage: { preAllocSizeKb: 64, ...storage, dataDir: this.dataDir },
      lingerMs,
    }
    const process = fork(MAIN, [JSON.stringify(config)], {
      execArgv: ['--expose-gc'],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    this.child = new Child(process, 'a server in a process')
    const ready = await Promise.race([
      new Promise<{ port: number } | { error: string }>(resolve => process.once('message', resolve as never)),
      this.child.exited.then(({ code }) => ({ error: `exit ${code}\n${this.output}` })),
    ])
    if ('error' in ready) {
      await this.child.exited
      throw new Error(ready.error)
    }
    this.port = ready.port
  }

  get running(): boolean {
    return this.child.running
  }

  get output(): string {
    return this.child.output
  }

  get exited(): Promise<ChildResult> {
    return this.child.exited
  }

  /** After garbage collection. */
  memory(): Promise<Memory> {
    return this.ask({ type: 'memory' }) as Promise<Memory>
  }

  /** Bytes handed to sockets and not sent, of all connections. */
  unsent(): Promise<number> {
    return this.ask({ type: 'unsent' }) as Promise<number>
  }

  ask(command: Command): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.child.process.once('message', resolve)
      this.child.process.send(command, error => error && reject(error))
      this.child.exited.then(({ code }) => reject(new Error(`the server ended with ${code}\n${this.output}`)))
    })
  }

  /** One figure of `mntr`, without its prefix. */
  async figure(name: string): Promise<number> {
    const text = await fourLetterWord(this.port, 'mntr')
    const line = text.split('\n').find(candidate => candidate.startsWith(`zk_${name}\t`))
    if (line === undefined) throw new Error(`mntr has no zk_${name}:\n${text}`)
    return Number(line.split('\t')[1])
  }

  async stop(): Promise<ChildResult> {
    if (this.running) this.child.process.send({ type: 'close' })
    return this.child.exited
  }

  async kill9(): Promise<void> {
    await this.child.end('SIGKILL')
  }

  /** In order, then by force: the state has to survive both. */
  async restartBothWays(check: () => Promise<void>): Promise<void> {
    await this.kill9()
    await this.start()
    await check()
    await this.stop()
    await this.start()
    await check()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.child.end('SIGKILL')
    removeDir(this.home)
  }
}
