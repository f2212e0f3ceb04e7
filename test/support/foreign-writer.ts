import { connect } from '@menagerie/client'
import type { Child } from './child.js'

/** A program that writes with another client than ours until its input ends, and says what was acknowledged. */
export class ForeignWriter {
  private constructor(
    private readonly path: string,
    private readonly child: Child,
  ) {}

  /**
   * Starts a program with the connect string and the path below which it writes; resolves once it has a session.
   * @param run starts it with these arguments
   */
  static async start(run: (args: readonly string[]) => Child, servers: string, path: string): Promise<ForeignWriter> {
    const writer = new ForeignWriter(path, run([servers, path]))
    await writer.child.until(/ready/, 90_000)
    return writer
  }

  /** Resolves once `count` more writes are acknowledged. */
  async more(count: number): Promise<void> {
    await this.child.until(new RegExp(`\\.{${count}}`), 120_000)
  }

  /** Ends it, and gives a sentence for each acknowledged write that a server does not have; its session must have lived. */
  async end(servers: readonly string[]): Promise<string[]> {
    this.child.process.stdin?.end()
    const { code, stdout } = await this.child.exited
    if (code !== 0) return [`${this.path}: ${this.child.output}`]
    const acknowledged = /^=(.*)$/m.exec(stdout)?.[1].split(' ') ?? []
    const missing: string[] = []
    for (const server of servers) {
      const reader = await connect(server)
      await reader.sync('/')
      const there = new Set(await reader.getChildren(this.path))
      await reader.close()
      for (const name of acknowledged) if (!there.has(name)) missing.push(`${this.path}/${name} is not on ${server}`)
    }
    return missing
  }

  async kill(): Promise<void> {
    await this.child.end('SIGKILL')
  }
}
