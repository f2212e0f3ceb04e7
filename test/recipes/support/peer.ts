import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type Child, startChild } from '../../support/child.js'
import { compileJava, type JavaProgram } from '../../support/java.js'

const programs = fileURLToPath(new URL('../../../recipes/programs/', import.meta.url))

export const compileCurator = (): Promise<JavaProgram> => compileJava('../../recipes/programs/CuratorPeer.java')

interface Waiting {
  readonly lines: string[]
  readonly onLine: ((line: string) => void) | undefined
  resolve(lines: string[]): void
  reject(error: Error): void
}

/** A process of another language that takes part in recipes, one command after the other. */
export class Peer implements AsyncDisposable {
  readonly #child: Child
  readonly #waiting: Waiting[] = []
  readonly #dispose: () => void

  private constructor(child: Child, dispose: () => void) {
    this.#child = child
    this.#dispose = dispose
    createInterface({ input: child.process.stdout! }).on('line', line => this.#heard(line))
    child.exited.then(() => {
      for (const { reject } of this.#waiting) reject(new Error(`${child.command} has ended\n${child.output}`))
    })
  }

  /** Of Curator, compiled for this one. */
  static async curator(address: string): Promise<Peer> {
    const java = await compileCurator()
    return new Peer(java.start([address]), () => java[Symbol.dispose]())
  }

  /** Of the recipes that come with ZooKeeper, compiled for this one. */
  static async zookeeper(address: string): Promise<Peer> {
    const java = await compileJava('../../recipes/programs/ZooKeeperPeer.java')
    return new Peer(java.start([address]), () => java[Symbol.dispose]())
  }

  /** Of Curator, from a program compiled before. */
  static started(java: JavaProgram, args: readonly string[]): Peer {
    return new Peer(java.start(args), () => {})
  }

  static kazoo(...args: string[]): Peer {
    return new Peer(startChild('/usr/bin/python3', [`${programs}kazoo_peer.py`, ...args]), () => {})
  }

  static typescript(...args: string[]): Peer {
    const program = fileURLToPath(new URL('../programs/typescript-peer.js', import.meta.url))
    return new Peer(startChild(process.execPath, [program, ...args]), () => {})
  }

  /** Stops or kills it. */
  signal(signal: NodeJS.Signals): void {
    this.#child.process.kill(signal)
  }

  /** Runs a command; resolves with what it has said when it is done. @param onLine hears each line as it comes */
  run(command: string, onLine?: (line: string) => void): Promise<string[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ lines: [], onLine, resolve, reject })
      this.#child.process.stdin?.write(`${command}\n`)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.end('SIGKILL')
    this.#dispose()
  }

  #heard(line: string): void {
    const [waiting] = this.#waiting
    if (waiting === undefined) return
    if (line.startsWith('failed ')) {
      this.#waiting.shift()
      waiting.reject(new Error(`${line}\n${this.#child.stderr}`))
    } else if (line.startsWith('done ')) {
      this.#waiting.shift()
      waiting.resolve(waiting.lines)
    } else {
      waiting.lines.push(line)
      waiting.onLine?.(line)
    }
  }
}
