// Sees who is in the group, and calls on those who are new: node observer.js SERVERS ID GROUP
import { Group, type Member } from '@menagerie/recipes'
import { askJson } from '../support/json-over-http.js'
import { runPart } from '../support/part.js'
import { untilAborted } from '../support/until-aborted.js'
import { decodeProfile } from './profile.js'

await runPart(async ({ client, args: [path], signal }) => {
  const known = new Map<string, string>()
  const look = (members: readonly Member[]) => {
    console.log(members.length === 0 ? 'nobody is there' : `there: ${members.map(({ id }) => id).join(', ')}`)
    const present = new Set(members.map(({ id }) => id))
    for (const id of known.keys()) if (!present.has(id)) known.delete(id)
    for (const { id, payload } of members) {
      const { url } = decodeProfile(payload)
      if (known.get(id) !== url) void callOn(id, url)
      known.set(id, url)
    }
  }
  const watching = new Group(client, path).members$.subscribe(look)
  await untilAborted(signal)
  watching.unsubscribe()
})

/** Who is in the list may have died a moment ago. */
async function callOn(id: string, url: string): Promise<void> {
  const answer = await askJson<string>(url, null).catch(error => `${id} does not answer: ${error.message}`)
  console.log(answer)
}
