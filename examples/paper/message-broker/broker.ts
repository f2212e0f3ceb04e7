/** A broker: `node broker.js SERVERS ID FOLDER` takes part in topics as primary or backup, and keeps their messages there. */
import { mkdirSync } from 'node:fs'
import { TreeCache } from '@menagerie/client'
import { type ConfigChange, Group } from '@menagerie/recipes'
import { combineLatest, filter, map, type Observable, type ObservedValueOf, startWith } from 'rxjs'
import { runPart } from '../support/part.js'
import { reconcile } from '../support/reconcile.js'
import { paths, prepare, statuses, switches } from './layout.js'
import { Roles } from './roles.js'
import { serve } from './serve.js'
import { Store } from './store.js'
import { topicsIn } from './topics.js'
import { listen } from './wire.js'

await runPart(async ({ client, id, args: [folder], signal }) => {
  mkdirSync(folder, { recursive: true })
  await prepare(client)
  await using store = new Store(folder)
  const roles = new Roles(client, id, store)
  await using listener = await listen(connection => serve(connection, roles, store))
  const place = { broker: id, host: listener.host, port: listener.port }

  const nothing = statuses.encode({ enabled: true, primaryOf: [], backupOf: [], messages: 0 })
  await using group = new Group(client, paths.nodes, { id, payload: nothing })
  await group.join()
  await using cache = await TreeCache.open(client, paths.topics)
  console.log('is ready')

  const config = switches(client)
  const topics$ = cache.changes$.pipe(
    // How far subscribers have come changes with every message, and is no broker's business.
    filter(({ path }) => !path.includes('/subscribers/')),
    startWith(undefined),
  )
  const state$ = combineLatest({
    members: group.members$,
    disabled: newest(config.changes$('broker_disabled'), []),
    migrationProhibited: newest(config.changes$('migration_prohibited'), true),
    ending: newest(config.changes$('shutdown'), false),
    topics: topics$.pipe(map(() => topicsIn(cache))),
  })
  type State = ObservedValueOf<typeof state$>
  const shutdown = new AbortController()

  let told = ''
  const step = async ({ members, disabled, migrationProhibited, ending, topics }: State) => {
    if (ending) return shutdown.abort()
    const alive = members.map(member => member.id)
    await roles.step(topics, { alive, disabled, migrationProhibited }, place)
    const status = { enabled: !disabled.includes(id), ...roles.held(topics), messages: await store.messages() }
    if (JSON.stringify(status) !== told) await group.setPayload(statuses.encode(status))
    told = JSON.stringify(status)
  }
  await reconcile(client, state$, step, AbortSignal.any([signal, shutdown.signal]))
  roles.close()
})

/** The valid value now and after each change. */
function newest<T>(changes$: Observable<ConfigChange<T>>, otherwise: T): Observable<T> {
  return changes$.pipe(map(({ current }) => current?.value ?? otherwise))
}
