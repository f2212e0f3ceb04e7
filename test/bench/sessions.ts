import { Connection, closeConnections, openConnections } from './connection.js'
import { createFrame, filler, getDataFrame, setDataFrame } from './frames.js'
import type { Timing } from './load.js'
import { difference, type Sample, sample } from './sample.js'
import { median } from './statistics.js'

const WATCHED = '/watched'
/** The requests that set a watch and that fire it. */
export const WATCH_FRAME = getDataFrame(WATCHED, true)
export const CHANGE_FRAME = setDataFrame(WATCHED, filler(100))
const CONNECTING_AT_ONCE = 16
const NOTIFICATIONS = 30
const NOTIFICATIONS_WARMUP = 15

/** Sessions opened and closed, 16 at a time, each with its connection and both of its transactions. */
export async function connectAndClose(port: number, pid: number, timing: Timing): Promise<Sample> {
  let cycles = 0
  let running = true
  const workers = Array.from({ length: CONNECTING_AT_ONCE }, async () => {
    while (running) {
      const connection = await Connection.open(port)
      await connection.close()
      cycles++
    }
  })
  const everyWorker = Promise.all(workers)
  try {
    // A worker ends early only by failing, and the failure is then what the race throws.
    await Promise.race([everyWorker, new Promise(resolve => setTimeout(resolve, timing.warmupSeconds * 1000))])
    const before = sample(cycles, pid)
    await Promise.race([everyWorker, new Promise(resolve => setTimeout(resolve, timing.seconds * 1000))])
    return difference(before, sample(cycles, pid))
  } finally {
    running = false
    await everyWorker.catch(() => {})
  }
}

/** Milliseconds from a setData to the last of the events it causes, one data watch in each session: the median. */
export async function notifyWatchers(port: number, sessions: number): Promise<number> {
  const [writer, ...watchers] = await openConnections(port, sessions + 1)
  const times: number[] = []
  let toCome = 0
  let lastEvent: (time: number) => void = () => {}
  for (const watcher of watchers) {
    watcher.onEvent = () => {
      if (--toCome === 0) lastEvent(performance.now())
    }
  }
  try {
    await writer.must(createFrame(WATCHED, filler(100)))
    for (let round = -NOTIFICATIONS_WARMUP; round < NOTIFICATIONS; round++) {
      await Promise.all(watchers.map(watcher => watcher.must(WATCH_FRAME)))
      toCome = sessions
      const everyEvent = new Promise<number>(resolve => {
        lastEvent = resolve
      })
      const since = performance.now()
      await writer.must(CHANGE_FRAME)
      const time = (await within(everyEvent, () => `${toCome} of ${sessions} events are missing`)) - since
      if (round >= 0) times.push(time)
    }
    await closeConnections([writer, ...watchers])
    return median(times)
  } finally {
    for (const connection of [writer, ...watchers]) connection.destroy()
  }
}

/** Rejects with the message when the promise takes longer than any healthy server would. */
async function within<T>(promise: Promise<T>, message: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(message())), 20_000)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
