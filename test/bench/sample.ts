import { cpuSeconds, machineCpuSeconds } from './process-stats.js'

/** Counters at one moment, or what they grew by between two. */
export interface Sample {
  operations: number
  seconds: number
  /** Processor seconds of the server, all threads, of this process, and of the whole machine. */
  serverCpuSeconds: number
  driverCpuSeconds: number
  machineCpuSeconds: number
}

export function sample(operations: number, pid: number): Sample {
  const { user, system } = process.cpuUsage()
  return {
    operations,
    seconds: performance.now() / 1000,
    serverCpuSeconds: cpuSeconds(pid),
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
