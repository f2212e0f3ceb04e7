import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'

export interface ChildResult {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

/** A child process whose output is kept, so that a failing test can show it. */
export class Child {
  stdout = ''
  stderr = ''
  /** How much of the output earlier calls of {@link until} have taken. */
  private read = 0
  readonly exited: Promise<ChildResult>
  private result: ChildResult | undefined

  constructor(
    readonly process: ChildProcess,
    readonly command: string,
  ) {
    process.stdout?.setEncoding('utf8').on('data', (text: string) => this.hear('stdout', text))
    process.stderr?.setEncoding('utf8').on('data', (text: string) => this.hear('stderr', text))
    this.exited = new Promise((resolve, reject) => {
      process.once('error', reject)
      process.once('close', (code, signal) => {
        this.result = { code, signal, stdout: this.stdout, stderr: this.stderr }
        resolve(this.result)
      })
    })
    // Whoever awaits sees a failure to start; nobody awaiting is no reason to end the test process.
    this.exited.catch(() => {})
  }

  /** Both streams, in the order in which they came. */
  private said = ''

  private hear(stream: 'stdout' | 'stderr', text: string): void {
    this[stream] += text
    this.said += text
  }

  get running(): boolean {
    return this.result === undefined
  }

  get output(): string {
    return this.said
  }

  /** Resolves once the output since the last call matches. Rejects when the process ends or time is up before. */
  async until(pattern: RegExp, timeoutMs = 60_000): Promise<void> {
    const deadline = Date.now() + timeoutMs
    while (!pattern.test(this.output.slice(this.read))) {
      if (!this.running || Date.now() > deadline) {
        throw new Error(`${this.command} has not said ${pattern}:\n${this.output.slice(this.read)}`)
      }
      await new Promise(resolve => setTimeout(resolve, 10))
    }
    this.read = this.output.length
  }

  /** Ends the process by its id and waits until it is gone. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<ChildResult> {
    if (this.running) this.process.kill(signal)
    return this.exited
  }
}

export function startChild(command: string, args: readonly string[], options: SpawnOptions = {}): Child {
  return new Child(spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], ...options }), [command, ...args].join(' '))
}

/** Runs a command to its end. A process that outlives `timeoutMs` is killed, and the call rejects with its output. */
export async function runChild(
  command: string,
  args: readonly string[],
  options: SpawnOptions & { input?: string; timeoutMs?: number } = {},
): Promise<ChildResult> {
  const { input, timeoutMs = 90_000, ...rest } = options
  const child = startChild(command, args, rest)
  child.process.stdin?.on('error', () => {})
  child.process.stdin?.end(input ?? '')
  let late = false
  const timer = setTimeout(() => {
    late = true
    child.process.kill('SIGKILL')
  }, timeoutMs)
  try {
    const result = await child.exited
    if (late) throw new Error(`${child.command} did not end within ${timeoutMs} ms\n${child.output}`)
    return result
  } finally {
    clearTimeout(timer)
  }
}
