import type { Command } from '../command.js'

export const watchCommands: readonly Command[] = [
  {
    names: ['watch_summary', 'wchs'],
    run({ server }) {
      const { connections, paths, watches } = server.facts.watchSummary()
      return { fields: { num_connections: connections, num_paths: paths, num_total_watches: watches } }
    },
  },
  {
    names: ['watches', 'wchc'],
    run({ server }) {
      const bySession = new Map<bigint, string[]>()
      for (const [path, sessions] of server.facts.watches()) {
        for (const session of sessions) {
          const id = BigInt.asIntN(64, session)
          const paths = bySession.get(id)
          if (paths) paths.push(path)
          else bySession.set(id, [path])
        }
      }
      return { fields: { session_id_to_watched_paths: bySession } }
    },
  },
  {
    names: ['watches_by_path', 'wchp'],
    run({ server }) {
      const byPath = new Map<string, bigint[]>()
      for (const [path, sessions] of server.facts.watches())
        byPath.set(
          path,
          [...sessions].map(session => BigInt.asIntN(64, session)),
        )
      return { fields: { path_to_session_ids: byPath } }
    },
  },
]
