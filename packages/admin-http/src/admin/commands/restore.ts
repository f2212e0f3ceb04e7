import type { IncomingMessage } from 'node:http'
import type { Command, CommandAnswer, CommandContext, CommandOptions } from '../command.js'
import { RateLimit } from '../rate-limit.js'

const IN_ENSEMBLE =
  'A member of an ensemble cannot be restored while it runs: restore one server that runs alone, and start the others with empty directories'

/** Replaces the tree by a snapshot that is sent (Apache's RestoreCommand). */
export function restoreCommand({ clock, logger, rateLimiterIntervalMs, restoreEnabled }: CommandOptions): Command {
  const limit = new RateLimit(clock, rateLimiterIntervalMs)
  return {
    names: ['restore', 'rest'],
    method: 'POST',
    authorised: true,
    async run({ server, request }: CommandContext): Promise<CommandAnswer> {
      if (!restoreEnabled) return { status: 503 }
      const { restore, facts } = server
      if (restore === undefined) return { status: 503, fields: { error: IN_ENSEMBLE } }
      if (!server.snapshotsTellZxid) return { status: 500 }
      if (!limit.allow()) {
        facts.metrics.counter('restore_rate_limited_count').add(1)
        return { status: 429 }
      }
      try {
        const { unsealedBytes } = await import('@menagerie/storage-file/snapshot-file')
        return { fields: { last_zxid: await restore(unsealedBytes(bodyOf(request), 'the snapshot')) } }
      } catch (error) {
        facts.metrics.counter('restore_error_count').add(1)
        logger.warn({ error: String(error) }, 'a snapshot that was sent could not be restored')
        return { status: 500 }
      }
    },
  }
}

/** What a request carries. Whoever stops reading it can still answer: the connection stays open. */
async function* bodyOf(request: IncomingMessage): AsyncGenerator<Uint8Array> {
  for await (const chunk of request.iterator({ destroyOnReturn: false })) yield chunk as Uint8Array
}
