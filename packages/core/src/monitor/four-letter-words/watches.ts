/** wchs: how many watches there are. wchc: paths by session. wchp: sessions by path. */
import type { MonitoredSessionId, MonitorSource } from '../monitor-source.js'
import { hex64, lines, NOT_SERVING } from './format.js'

export function wchs(source: MonitorSource): string {
  if (!source.isServing) return `${NOT_SERVING}\n`
  const { connections, paths, watches } = source.watchSummary()
  return lines([`${connections} connections watching ${paths} paths`, `Total watches:${watches}`])
}

export function wchc(source: MonitorSource): string {
  if (!source.isServing) return `${NOT_SERVING}\n`
  const bySession = new Map<MonitoredSessionId, string[]>()
  for (const [path, sessions] of source.watches()) {
    for (const session of sessions) {
      const paths = bySession.get(session)
      if (paths) paths.push(path)
      else bySession.set(session, [path])
    }
  }
  let text = ''
  for (const [session, paths] of bySession) text += `${hex64(session)}\n\t${paths.join('\n\t')}\n`
  return `${text}\n`
}

export function wchp(source: MonitorSource): string {
  if (!source.isServing) return `${NOT_SERVING}\n`
  let text = ''
  for (const [path, sessions] of source.watches()) {
    text += `${path}\n`
    for (const session of sessions) text += `\t${hex64(session)}\n`
  }
  return `${text}\n`
}
