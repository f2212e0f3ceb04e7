// Keeps files for the primary: node file-server.js SERVERS ID DISK service|newest
import { answerJson, Refused } from '../support/json-over-http.js'
import { runPart } from '../support/part.js'
import { untilAborted } from '../support/until-aborted.js'
import { type FileRequest, Files } from './files.js'
import { LockService } from './lock-service.js'
import { describe } from './sequencer.js'

await runPart(async ({ client, args: [disk, check], signal }) => {
  const files = new Files(disk)
  const service = new LockService(client)
  await using endpoint = await answerJson(async (request: FileRequest) => {
    try {
      // Two ways to find those who are late. The service knows sooner; the comparison is what nobody slips through.
      if (check === 'service' && !(await service.check(request.sequencer))) {
        throw new Refused(`${describe(request.sequencer)} is not held any more, says the lock service`)
      }
      return files.handle(request)
    } catch (error) {
      console.log(`refuses: ${(error as Error).message}`)
      throw error
    }
  })
  console.log(`keeps files at ${endpoint.url}, checks sequencers by ${check}`)
  await untilAborted(signal)
})
