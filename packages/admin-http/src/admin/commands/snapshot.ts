import { type MonitoredServer, zxidHex } from '@menagerie/core'
import type { Command, CommandOptions } from '../command.js'
import { RateLimit } from '../rate-limit.js'
import { sealedSnapshot } from '../sealed-snapshot.js'

export function snapshotCommands({
  clock,
  rateLimiterIntervalMs,
  snapshotEnabled,
}: CommandOptions): readonly Command[] {
  const limit = new RateLimit(clock, rateLimiterIntervalMs)
  return [
    {
      names: ['last_snapshot', 'lsnp'],
      run({ server }) {
        const newest = server.newestSnapshot
        return {
          fields: {
            zxid: newest === undefined ? 'f'.repeat(16) : newest.info.zxid.toString(16),
            timestamp: newest?.writtenAtMs === undefined ? -1 : Math.floor(newest.writtenAtMs / 1000),
          },
        }
      },
    },
    {
      names: ['snapshot', 'snap'],
      authorised: true,
      async run({ server, parameters }) {
        if (!snapshotEnabled) return { status: 503 }
        if (!server.snapshotsTellZxid) return { status: 500 }
        if (!limit.allow()) {
          server.facts.metrics.counter('snapshot_rate_limited_count').add(1)
          return { status: 429 }
        }
        return take(server, (parameters.get('streaming') ?? 'true').toLowerCase() === 'true')
      },
    },
  ]
}

async function take(server: MonitoredServer, streaming: boolean) {
  // A failure is counted and logged where it happens.
  const { info } = await server.takeSnapshot()
  const { length, body } = await sealedSnapshot(() => server.readSnapshot(info))
  const headers = { last_zxid: `0x${zxidHex(info.zxid)}`, snapshot_size: String(length) }
  return streaming ? { headers, body } : { headers }
}
