/** ruok and isro: what probes ask. Their answers have no line feed. */
import type { MonitorSource } from '../monitor-source.js'

/** Says that the process answers, not that it serves. */
export function ruok(): string {
  return 'imok'
}

export function isro(source: MonitorSource): string {
  if (!source.isServing) return 'null'
  return source.isReadOnly ? 'ro' : 'rw'
}
