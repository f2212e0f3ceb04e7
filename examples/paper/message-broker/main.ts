/** The message broker: a primary dies, a broker is disabled, and no acknowledged message is lost. `npm run example -- message-broker` */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Client, NodeCache } from '@menagerie/client'
import { filter, firstValueFrom, map } from 'rxjs'
import { show } from '../support/show.js'
import { createTopic, paths, places, switches } from './layout.js'

const MESSAGES = 120

const folder = mkdtempSync(join(tmpdir(), 'message-broker-'))
try {
  await show(import.meta.dirname, async ({ client, start, say }) => {
    say('Three brokers register, and share two topics among them: a primary and a backup for each.')
    const names = ['broker-1', 'broker-2', 'broker-3']
    const brokers = new Map(names.map(name => [name, start(name, 'broker', join(folder, name))]))
    await Promise.all([...brokers.values()].map(broker => broker.says(/is ready/)))
    await createTopic(client, 'weather')
    await createTopic(client, 'traffic')
    await holder(client, paths.backup('traffic'))

    say(`A producer publishes ${MESSAGES} messages on the weather, a subscriber receives them.`)
    const received = join(folder, 'received')
    const subscriber = start('subscriber', 'subscriber', 'weather', received)
    const producer = start('producer', 'producer', 'weather', String(MESSAGES), '80')
    await producer.says(/20 of/)

    const first = await holder(client, paths.primary('weather'))
    say(`${first}, the primary, is killed. The backup has all that was acknowledged, and takes over.`)
    await brokers.get(first)!.kill()
    const second = await holder(client, paths.primary('weather'), first)
    await brokers.get(second)!.says(/weather: .* has a copy/)

    say(`The operator disables ${second}: it hands its topics over, and ${first}, which is back, takes its share.`)
    brokers.set(first, start(first, 'broker', join(folder, first)))
    await brokers.get(first)!.says(/is ready/)
    await switches(client).set('broker_disabled', [second])
    const third = await holder(client, paths.primary('weather'), second)

    await producer.ended
    await subscriber.says(new RegExp(`has received ${MESSAGES}`))
    const messages = readFileSync(received, 'utf8').trimEnd().split('\n')
    say(
      `The subscriber has ${messages.length} messages, ${new Set(messages).size} different ones, the last from ${third}.`,
    )

    say('The operator shuts the domain down.')
    await switches(client).set('shutdown', true)
    await Promise.all([...brokers.values()].map(broker => broker.ended))
  })
} finally {
  rmSync(folder, { recursive: true })
}

/** The broker that has this place, once it is another than `before`. */
async function holder(client: Client, path: string, before?: string): Promise<string> {
  await using cache = await NodeCache.open(client, path)
  const names$ = cache.value$.pipe(map(node => (node === null ? undefined : places.decode(node.data!).broker)))
  return (await firstValueFrom(names$.pipe(filter(name => name !== undefined && name !== before))))!
}
