import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Linux reports processor time in hundredths of a second, whatever the kernel's own tick. */
const TICKS_PER_SECOND = 100

/** Seconds of processor time (user and system, all threads) that a process has used. Linux only. */
export function cpuSeconds(pid: number): number {
  return parseCpuTicks(readFileSync(`/proc/${pid}/stat`, 'latin1')) / TICKS_PER_SECOND
}

/** Seconds of processor time that all processors together have worked. Linux only. */
export function machineCpuSeconds(): number {
  return parseBusyTicks(readFileSync('/proc/stat', 'latin1')) / TICKS_PER_SECOND
}

/** Resident memory of a process in MiB. Linux only. */
export function residentMiB(pid: number): number {
  return parseResidentKiB(readFileSync(`/proc/${pid}/status`, 'latin1')) / 1024
}

/** utime + stime of /proc/PID/stat. The command in brackets may hold spaces and brackets itself. */
export function parseCpuTicks(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = Number(fields[11]) + Number(fields[12])
  if (Number.isNaN(ticks)) throw new Error(`no processor time in "${stat.trim()}"`)
  return ticks
}

/** User, nice, system, irq and softirq of the first line of /proc/stat: no idling, no waiting for disks. */
export function parseBusyTicks(stat: string): number {
  const [name, user, nice, system, , , irq, softirq] = stat.split('\n', 1)[0].split(/ +/)
  const ticks = Number(user) + Number(nice) + Number(system) + Number(irq) + Number(softirq)
  if (name !== 'cpu' || Number.isNaN(ticks)) throw new Error('no processor time in /proc/stat')
  return ticks
}

/** VmRSS of /proc/PID/status. */
export function parseResidentKiB(status: string): number {
  const found = /^VmRSS:\s*(\d+) kB$/m.exec(status)
  if (found === null) throw new Error('no VmRSS: the process has ended')
  return Number(found[1])
}

/** Keeps every thread of this process to some processors, as taskset takes them. */
export function pinThisProcess(cpus: string): void {
  const { status, stderr } = spawnSync('taskset', ['-a', '-c', '-p', cpus, String(process.pid)], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`the load generator could not be pinned to processor ${cpus}: ${stderr}`)
}
