/** One connection to a broker, of a producer, a subscriber or a primary. */
import type { Roles } from './roles.js'
import type { Store } from './store.js'
import type { Connection } from './wire.js'

/** Resolves when the connection has ended, or is to be closed: whoever asks the wrong broker has to look again. */
export async function serve(connection: Connection, roles: Roles, store: Store): Promise<void> {
  try {
    for await (const message of connection) {
      switch (message.type) {
        case 'publish': {
          const primary = roles.primary(message.topic)
          if (primary === undefined) return
          // Not awaited: what comes meanwhile shares the next flush.
          primary.publish(message.entry, connection).catch(() => connection.close())
          break
        }
        case 'subscribe': {
          const primary = roles.primary(message.topic)
          if (primary === undefined) return
          primary.subscribe(message.from, connection)
          break
        }
        case 'copy':
        case 'append': {
          roles.depose(message.topic, message.epoch)
          const kept = await store.keep(message)
          if (kept === undefined) return
          const { length, stored } = kept
          // Not awaited: what comes meanwhile shares the next flush.
          stored.then(
            () => connection.send({ type: 'stored', length }),
            () => connection.close(),
          )
        }
      }
    }
  } finally {
    roles.forget(connection)
  }
}
