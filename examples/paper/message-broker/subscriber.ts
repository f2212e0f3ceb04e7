/** A subscriber: `node subscriber.js SERVERS ID TOPIC [FILE]` receives a topic from where it was, into a file if there is one. */
import { appendFileSync } from 'node:fs'
import { CreateMode, SessionExpiredError } from '@menagerie/client'
import { decimalCodec, SharedValue } from '@menagerie/recipes'
import { runPart } from '../support/part.js'
import { unlessAborted } from '../support/reconcile.js'
import { paths } from './layout.js'
import { withPrimary } from './with-primary.js'

await runPart(async ({ client, id, args: [topic, file], signal }) => {
  const options = { codec: decimalCodec, initial: 0, parentMode: CreateMode.PERSISTENT }
  const stored = new SharedValue(client, paths.subscriber(topic, id), options)
  let next = (await stored.get()).value
  let saved = next
  let saving: Promise<void> | undefined
  /** What comes while it is saved is saved with the next write. */
  const save = async () => {
    try {
      while (saved !== next) {
        const position = next
        await stored.set(position)
        saved = position
      }
    } catch (error) {
      if (!(error instanceof SessionExpiredError)) throw error // the next message saves it in the next session
    } finally {
      saving = undefined
    }
  }
  console.log(next === 0 ? 'begins' : `goes on with message ${next + 1}`)
  await withPrimary(client, topic, signal, async connection => {
    connection.send({ type: 'subscribe', topic, from: next })
    for await (const message of connection) {
      if (message.type !== 'message' || message.position !== next) continue
      // In this order: killed in between, it receives the message again rather than not at all.
      if (file !== undefined) appendFileSync(file, `${message.entry.id}\n`)
      next++
      if (next % 20 === 0) console.log(`has received ${next}`)
      saving ??= save()
    }
  }).catch(unlessAborted(signal))
  await saving
})
