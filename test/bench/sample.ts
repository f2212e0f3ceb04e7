import { cpuSeconds, machineCpuSeconds } from './process-stats.js'

/** Counters at one moment, or what they grew by between two. */
export interface Sample {
  operations: number
  seconds: number
  /** Processor seconds of the server or servers, all threads, of this process, and of the whole machine. */
  serverCpuSeconds: number
  driverCpuSeconds: number
  machineCpuSeconds: number
}

/** @param pids of the server, or of all servers of an ensemble */
export function sample(operations: number, pids: number | readonly number[]): Sample {
  const { user, system } = process.cpuUsage()
  return {
    operations,
    seconds: performance.now() / 1000,
    serverCpuSeconds: [pids].flat().reduce((sum, pid) => sum + cpuSeconds(pid), 0),
    driverCpuSeconds: (user + system) / 1e6,
    machineCpuSeconds: machineCpuSeconds(),
  }
}

export function difference(before: Sample, after: Sample): Sample {
  return {
    operations: after.operations - before.operations,
    seconds: after.seconds - before.seconds,
    serverCpuSeconds: after.serverCpuSeconds - before.serverCpuSeconds,
    driverCpuSeconds: after.driverCpuSeconds - before.driverCpuSeconds,
    machineCpuSeconds: after.machineCpuSeconds - before.machineCpuSeconds,
  }
}

/** Processors that programs beside the server and the load generator kept busy meanwhile. */
export function otherLoad({ seconds, serverCpuSeconds, driverCpuSeconds, machineCpuSeconds }: Sample): number {
  return Math.max(machineCpuSeconds - serverCpuSeconds - driverCpuSeconds, 0) / seconds
}
