// Runs with the configuration whose path it is given: node process.js SERVERS ID CONFIGURATION
import { runPart } from '../support/part.js'
import { untilAborted } from '../support/until-aborted.js'
import { configurations$ } from './configuration.js'

await runPart(async ({ client, args: [path], signal }) => {
  console.log(`starts with the path ${path}`)
  const following = configurations$(client, path).subscribe(({ settings }) => {
    // Every setting says which edition it is of, so that one can see that they belong together.
    console.log(`runs with ${settings.size} settings of ${[...new Set(settings.values())].join(' and ')}`)
  })
  await untilAborted(signal)
  following.unsubscribe()
})
