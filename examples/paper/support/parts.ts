/** The processes of an example: started, listened to, and killed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** One process. What it prints appears with its name in front. */
export class Part {
  readonly name: string
  /** Resolves when the process has ended, with its exit code; null if a signal ended it. */
  readonly ended: Promise<number | null>
  readonly #process: ChildProcess
  readonly #lines: string[] = []
  #heard: () => void = () => {}
  #running = true

  constructor(name: string, process: ChildProcess, print: (line: string) => void) {
    this.name = name
    this.#process = process
    for (const stream of [process.stdout!, process.stderr!]) {
      createInterface({ input: stream }).on('line', line => {
        print(`${name.padEnd(12)} | ${line}`)
        this.#lines.push(line)
        this.#heard()
      })
    }
    this.ended = new Promise((resolve, reject) => {
      process.once('error', reject)
      process.once('close', code => {
        this.#running = false
        this.#heard()
        resolve(code)
      })
    })
    this.ended.catch(() => {}) // whoever awaits sees it
  }

  get pid(): number {
    return this.#process.pid!
  }

  get running(): boolean {
    return this.#running
  }

  /**
   * The next line that matches, of those that earlier calls have not gone past.
   * @throws an Error if the process ends without having printed it
   */
  async says(pattern: RegExp): Promise<RegExpMatchArray> {
    for (;;) {
      for (let line = this.#lines.shift(); line !== undefined; line = this.#lines.shift()) {
        const match = line.match(pattern)
        if (match !== null) return match
      }
      if (!this.#running) throw new Error(`${this.name} has ended, and has not said ${pattern}`)
      await new Promise<void>(resolve => (this.#heard = resolve))
    }
  }

  /** SIGKILL unless told otherwise: no chance to say goodbye. Resolves when the process is gone. */
  async kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    this.#process.kill(signal)
    await this.ended
  }

  /** Stands still, as under a debugger or a long garbage collection; until {@link resume}. */
  pause(): void {
    this.#process.kill('SIGSTOP')
  }

  resume(): void {
    this.#process.kill('SIGCONT')
  }
}

/** All processes of one example. Disposing ends those that still run. */
export class Parts implements AsyncDisposable {
  readonly #parts: Part[] = []
  readonly #print: (line: string) => void

  /** @param print what to do with each line of theirs */
  constructor(print: (line: string) => void = console.log) {
    this.#print = print
  }

  /** @param script the JavaScript file to run */
  start(name: string, script: string, args: readonly string[]): Part {
    // With a channel to this process, a part learns when this one is killed (see `runPart`), and does not outlive it.
    const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
    const part = new Part(name, child, this.#print)
    this.#parts.push(part)
    return part
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#parts.filter(({ running }) => running).map(part => this.#end(part)))
  }

  async #end(part: Part): Promise<void> {
    const patience = setTimeout(() => part.kill(), 3000)
    part.resume()
    await part.kill('SIGTERM')
    clearTimeout(patience)
  }
}
