import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const SCRIPT = fileURLToPath(new URL('./writer-process.js', import.meta.url))

export interface WriterProcess {
  readonly lines: string[]
  /** Resolves with the first line, old or new, that is wanted; rejects when the process ends before. */
  until(wanted: (line: string) => boolean): Promise<string>
  /** SIGKILL, and wait for its end. */
  kill(): Promise<void>
}

/** A process that writes to a storage and says on its output what is durable. */
export function startWriter(task: string, path: string, ...args: string[]): WriterProcess {
  const child = spawn(process.execPath, [SCRIPT, task, path, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines: string[] = []
  let heard: () => void = () => {}
  let ended = false
  const closed = new Promise<void>(resolve => {
    child.once('close', () => {
      ended = true
      heard()
      resolve()
    })
  })
  createInterface({ input: child.stdout }).on('line', line => {
    lines.push(line)
    heard()
  })
  return {
    lines,
    async until(wanted) {
      for (;;) {
        const found = lines.find(wanted)
        if (found !== undefined) return found
        if (ended) throw new Error(`the process has ended after ${lines.length} lines: ${lines.at(-1)}`)
        await new Promise<void>(resolve => {
          heard = resolve
        })
      }
    },
    async kill() {
      child.kill('SIGKILL')
      await closed
    },
  }
}
