import { readFileSync } from 'node:fs'

/** What tells one run of a server from every other on this machine. */
export interface ProcessIdentity {
  readonly pid: number
  /** Ticks from boot to the start of the process; 0 where the platform does not tell. */
  readonly started: number
  /** First digits of the kernel's boot id; 0 where there is none. */
  readonly boot: string
}

/** Who this process is and whether another one still runs. Replaced in tests. */
export interface Processes {
  self(): ProcessIdentity
  isRunning(identity: ProcessIdentity): boolean
}

/**
 * The platform's processes. On Linux a reused pid is told by its start time, and one of before the last
 * boot by the boot id; elsewhere the pid alone decides.
 */
export const nodeProcesses: Processes = {
  self: () => ({ pid: process.pid, started: startTime(process.pid), boot: bootId() }),
  isRunning({ pid, started, boot }) {
    if (boot !== bootId()) return false
    try {
      process.kill(pid, 0)
    } catch (error) {
      // EPERM: it runs, as another user.
      if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
    }
    return startTime(pid) === started
  },
}

function startTime(pid: number): number {
  const stat = readText(`/proc/${pid}/stat`)
  // The second field, the name in parentheses, may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return Number(fields[19] ?? 0)
}

function bootId(): string {
  return readText('/proc/sys/kernel/random/boot_id').slice(0, 8) || '0'
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
