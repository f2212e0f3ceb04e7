/** dump: sessions and connections by the time they expire at, and ephemeral znodes by their owner. */
import type { MonitorSource } from '../monitor-source.js'
import { hex64, javaDate, lines, NOT_SERVING, socketAddress } from './format.js'

export function dump(source: MonitorSource): string {
  if (!source.isServing) return `${NOT_SERVING}\n`
  const sessions = [...source.sessions()].map(session => [session.expiresAtMs, hex64(session.id)] as const)
  const connections = [...source.connections()].map(connection => {
    const address = socketAddress(connection.remoteAddress, connection.remotePort)
    return [connection.expiresAtMs, `ip: ${address} sessionId: ${hex64(connection.sessionId)}`] as const
  })
  return lines([
    'SessionTracker dump:',
    ...expirySets('Session', sessions),
    'ephemeral nodes dump:',
    ...ephemerals(source),
    'Connections dump:',
    ...expirySets('Connections', connections),
  ])
}

/** Items that expire together, the earliest first. */
function expirySets(name: string, items: ReadonlyArray<readonly [expiresAtMs: number, line: string]>): string[] {
  const sets = new Map<number, string[]>()
  for (const [time, line] of items) {
    const set = sets.get(time)
    if (set) set.push(line)
    else sets.set(time, [line])
  }
  const all = [`${name} Sets (${sets.size})/(${items.length}):`]
  for (const [time, set] of [...sets].sort(([a], [b]) => a - b)) {
    all.push(`${set.length} expire at ${javaDate(time)}:`)
    for (const line of set) all.push(`\t${line}`)
  }
  return all
}

function ephemerals(source: MonitorSource): string[] {
  const owners = [...source.ephemerals()]
  const all = [`Sessions with Ephemerals (${owners.length}):`]
  for (const [owner, paths] of owners) {
    all.push(`${hex64(owner)}:`)
    for (const path of paths) all.push(`\t${path}`)
  }
  return all
}
