/** dump: sessions and connections by the time they expire at, and ephemeral znodes by their owner. */
import type { MonitorSource } from '../monitor-source.js'
import { hex64, javaDate, lines, NOT_SERVING, socketAddress } from './format.js'

export function dump(source: MonitorSource): string {
  if (!source.isServing) return `${NOT_SERVING}\n`
  const connections = [...source.connections()].map(connection => {
    const address = socketAddress(connection.remoteAddress, connection.remotePort)
    return [connection.expiresAtMs, `ip: ${address} sessionId: ${hex64(connection.sessionId)}`] as const
  })
  return lines([
    'SessionTracker dump:',
    ...sessions(source),
    'ephemeral nodes dump:',
    ...ephemerals(source),
    'Connections dump:',
    ...expirySets('Connections', connections),
  ])
}

/** Only who leads, or is alone, knows when sessions expire: learners tell how long they may be silent. */
function sessions(source: MonitorSource): string[] {
  const all = [...source.sessions()]
  if (source.ensemble === undefined || source.ensemble.leader !== undefined) {
    return expirySets(
      'Session',
      all.map(({ id, expiresAtMs }) => [expiresAtMs, hex64(id)]),
    )
  }
  const sorted = all.sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1))
  return [`Global Sessions(${all.length}):`, ...sorted.map(({ id, timeoutMs }) => `${hex64(id)}\t${timeoutMs}ms`)]
}

/** Items that expire together, which is in the same second as far as this can show, the earliest first. */
function expirySets(name: string, items: ReadonlyArray<readonly [expiresAtMs: number, line: string]>): string[] {
  const sets = new Map<number, string[]>()
  for (const [time, line] of items) {
    const second = Math.floor(time / 1000) * 1000
    const set = sets.get(second)
    if (set) set.push(line)
    else sets.set(second, [line])
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
