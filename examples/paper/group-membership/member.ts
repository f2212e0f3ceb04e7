// One of the group, that others may ask for its name: node member.js SERVERS ID GROUP
import { Group } from '@menagerie/recipes'
import { answerJson } from '../support/json-over-http.js'
import { runPart } from '../support/part.js'
import { untilAborted } from '../support/until-aborted.js'
import { encodeProfile } from './profile.js'

await runPart(async ({ client, id, args: [path], signal }) => {
  await using endpoint = await answerJson(() => `${id} at your service`)
  const payload = encodeProfile({ url: endpoint.url, pid: process.pid })
  await using group = new Group(client, path, { id, payload })
  // Of two processes with one name, the second waits here until the first is gone. After a session that was lost, the member
  // joins again by itself, in the next one.
  await group.join({ signal })
  console.log(`is a member at ${endpoint.url}`)
  await untilAborted(signal)
})
