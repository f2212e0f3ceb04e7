/** A producer: `node producer.js SERVERS ID TOPIC COUNT PAUSE_MS` publishes messages and waits until all are acknowledged. */
import { setTimeout as delay } from 'node:timers/promises'
import { runPart } from '../support/part.js'
import { unlessAborted } from '../support/reconcile.js'
import type { Connection, Entry } from './wire.js'
import { withPrimary } from './with-primary.js'

await runPart(async ({ client, id, args: [topic, count, pauseMs], signal }) => {
  /** Sent or to be sent, and not acknowledged: sent again to the next primary, which knows those it has by their ids. */
  const open = new Map<string, Entry>()
  const done = new AbortController()
  const end = AbortSignal.any([signal, done.signal])
  let acknowledged = 0
  let primary: Connection | undefined

  const send = (entry: Entry) => primary?.send({ type: 'publish', topic, entry })
  const produce = async () => {
    for (let n = 1; n <= Number(count) && !end.aborted; n++) {
      const entry = { id: `${id}-${n}`, text: `news ${n}` }
      open.set(entry.id, entry)
      send(entry)
      await delay(Number(pauseMs), undefined, { signal: end }).catch(unlessAborted(end))
    }
  }
  const talk = async (connection: Connection) => {
    primary = connection
    for (const entry of open.values()) send(entry)
    for await (const message of connection) {
      if (message.type !== 'acknowledged' || !open.delete(message.id)) continue
      acknowledged++
      if (acknowledged % 20 === 0) console.log(`${acknowledged} of ${count} are acknowledged`)
      if (acknowledged === Number(count)) return done.abort()
    }
  }
  await Promise.all([produce(), withPrimary(client, topic, end, talk).catch(unlessAborted(end))])
  if (done.signal.aborted) console.log(`all ${count} are acknowledged`)
})
