import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ringsOf, runLoad } from './load.js'
import type { BenchOptions } from './options.js'
import { figure } from './report.js'
import { LOADS } from './rows.js'
import { Server } from './servers.js'

/** What the load generator reaches against a server that does nothing. */
export interface Ceiling {
  text: string
  figures: Record<string, { perSecond: number; driverMicros: number }>
}

/** Short, and before the rounds: a row near these figures measures the load generator. */
export async function measureCeiling(options: BenchOptions): Promise<Ceiling> {
  const dir = mkdtempSync(join(options.dir, 'menagerie-bench-ceiling-'))
  const timing = { warmupSeconds: Math.min(options.warmupSeconds, 1), seconds: Math.min(options.seconds, 2) }
  const figures: Ceiling['figures'] = {}
  try {
    const server = await Server.launch({ kind: 'fake', dir, heapMiB: 0, cpus: options.pin?.server })
    for (const id of ['read-64x16', 'write-64x16', 'read-1x1']) {
      const shape = LOADS[id]
      const result = await runLoad(server.port, server.pid, ringsOf(shape), shape.outstanding, timing)
      figures[id] = {
        perSecond: result.operations / result.seconds,
        driverMicros: (result.driverCpuSeconds / result.operations) * 1e6,
      }
    }
    await server.stop('SIGTERM')
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
  const parts = Object.entries(figures).map(
    ([id, { perSecond, driverMicros }]) => `${id} ${figure(perSecond)}/s (${figure(driverMicros)} us of it each)`,
  )
  return { text: `load generator against a server that does nothing: ${parts.join(', ')}`, figures }
}
