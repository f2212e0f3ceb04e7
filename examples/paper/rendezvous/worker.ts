// Works for the master that it finds at the meeting point: node worker.js SERVERS ID MEETING_POINT PAUSE_MS
import { setTimeout as delay } from 'node:timers/promises'
import { NodeCache } from '@menagerie/client'
import { askJson } from '../support/json-over-http.js'
import { runPart } from '../support/part.js'
import type { Order, Report } from './job.js'
import { type Meeting, meeting$ } from './meeting-point.js'

await runPart(async ({ client, id, args: [path, pauseMs], signal }) => {
  await using point = await NodeCache.open(client, path, { signal })
  await new Promise<void>((resolve, reject) => {
    let moved = new AbortController()
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    const turn = (meeting: Meeting) => {
      moved.abort()
      moved = new AbortController()
      if (meeting === 'over') resolve()
      else if (meeting === 'nobody yet') console.log('waits for a master')
      else void workFor(meeting.href, AbortSignal.any([moved.signal, signal]))
    }
    meeting$(point).subscribe({ next: turn, error: reject })
  })
  console.log('ends, as the client is gone')

  /** Until there is nothing left to do, or another master is there. Never rejects. */
  async function workFor(master: string, until: AbortSignal): Promise<void> {
    console.log(`has met the master at ${master}`)
    let report: Report = { worker: id }
    while (!until.aborted) {
      try {
        const task = await askJson<Order>(master, report, until)
        if (task === null) return
        await delay(Number(pauseMs), undefined, { signal: until })
        console.log(`has finished task ${task}`)
        report = { worker: id, done: { task, result: task ** 2 } }
      } catch (error) {
        if (until.aborted) return
        console.log(`has no answer from the master: ${(error as Error).message}`)
        await delay(500, undefined, { signal: until }).catch(() => {})
      }
    }
  }
})
