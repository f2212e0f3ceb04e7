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
  readonly exited: Promise<ChildResult>
  private result: ChildResult | undefined

  constructor(
    readonly process: ChildProcess,
    readonly command: string,
  ) {
    process.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text))
    process.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text))
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

  get running(): boolean {
    return this.result === undefined
  }

  get output(): string {
    return `${this.stdout}${this.stderr}`
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
