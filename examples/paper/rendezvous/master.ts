// Hands out tasks at a port that nobody knew before: node master.js SERVERS ID MEETING_POINT TASKS
import { answerJson } from '../support/json-over-http.js'
import { runPart } from '../support/part.js'
import { Job, type Report } from './job.js'
import { fillIn, untilOver } from './meeting-point.js'

await runPart(async ({ client, args: [path, tasks], signal }) => {
  const job = new Job(Number(tasks))
  let told = false
  await using endpoint = await answerJson((report: Report) => {
    const order = job.report(report)
    if (job.sum !== undefined && !told) console.log(`has all results: their sum is ${job.sum}`)
    told ||= job.sum !== undefined
    return order
  })
  if (await fillIn(client, path, endpoint.url)) {
    console.log(`is at ${endpoint.url}`)
    await untilOver(client, path, signal)
  }
  console.log('ends, as the client is gone')
})
