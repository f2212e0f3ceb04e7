// Wants something computed, and makes the place where those meet who compute it: node client.js SERVERS ID
import { CreateMode } from '@menagerie/client'
import { ensurePath } from '@menagerie/recipes'
import { runPart } from '../support/part.js'
import { untilAborted } from '../support/until-aborted.js'

await runPart(async ({ client, signal }) => {
  await ensurePath(client, '/rendezvous')
  // Ephemeral: when the client is gone, whatever the reason, master and workers see it and end themselves.
  const path = await client.create('/rendezvous/job-', null, { mode: CreateMode.EPHEMERAL_SEQUENTIAL, protect: true })
  console.log(`hands out the path ${path}`)
  await untilAborted(signal)
})
