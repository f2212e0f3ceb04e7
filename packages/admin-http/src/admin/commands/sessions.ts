import type { Command } from '../command.js'

export const sessionCommands: readonly Command[] = [
  {
    names: ['dump'],
    run({ server }) {
      const bySession = new Map<bigint, string[]>()
      for (const [owner, paths] of server.facts.ephemerals()) bySession.set(BigInt.asIntN(64, owner), [...paths])
      const byTime = new Map<number, bigint[]>()
      for (const { id, expiresAtMs } of [...server.facts.sessions()].sort((a, b) => a.expiresAtMs - b.expiresAtMs)) {
        const ids = byTime.get(expiresAtMs)
        if (ids) ids.push(BigInt.asIntN(64, id))
        else byTime.set(expiresAtMs, [BigInt.asIntN(64, id)])
      }
      return { fields: { expiry_time_to_session_ids: byTime, session_id_to_ephemeral_paths: bySession } }
    },
  },
  {
    names: ['hash'],
    run: ({ server }) => ({
      fields: {
        digests: [...server.facts.digests()].map(({ zxid, digest }) => ({
          zxid,
          digest_version: 2,
          digest: BigInt.asIntN(64, digest),
        })),
      },
    }),
  },
]
