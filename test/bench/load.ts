import { setTimeout as delay } from 'node:timers/promises'
import { ClosedLoop } from './closed-loop.js'
import { closeConnections, openConnections } from './connection.js'
import { createFrame, filler, getDataFrame, setDataFrame } from './frames.js'
import { Latencies, type LatencySummary } from './latencies.js'
import { Ring } from './ring.js'
import type { LoadShape } from './rows.js'
import { difference, type Sample, sample } from './sample.js'

const VALUE = filler(1024)
const NODES = 1000
const READ = 0
const WRITE = 1

/** What a load of a fixed time did. */
export interface LoadResult extends Sample {
  read: LatencySummary
  write: LatencySummary
}

export interface Timing {
  warmupSeconds: number
  seconds: number
}

/** The znodes that the loads read and write: 1,000 of 1 KB. */
export async function prepareNodes(ports: number | readonly number[]): Promise<void> {
  const [connection] = await openConnections(ports, 1)
  await connection.must(createFrame('/bench', new Uint8Array(0)))
  await Promise.all(Array.from({ length: NODES }, (_, index) => connection.must(createFrame(nodePath(index), VALUE))))
  await connection.close()
}

/**
 * Runs loops on sessions of its own: first to warm up, then to measure without a pause in between.
 * @throws Error when a reply was missing, out of order or an error
 */
export async function runLoad(
  ports: number | readonly number[],
  pids: number | readonly number[],
  rings: readonly Ring[],
  outstanding: number,
  timing: Timing,
): Promise<LoadResult> {
  const connections = await openConnections(ports, rings.length)
  const latencies = [READ, WRITE].map(() => new Latencies(outstanding === 1 ? 1 : 16))
  const loops = rings.map((ring, index) => new ClosedLoop(connections[index], ring, outstanding, latencies))
  try {
    for (const loop of loops) loop.start()
    await delay(timing.warmupSeconds * 1000)
    for (const kind of latencies) kind.clear()
    const before = sample(receivedBy(loops), pids)
    await delay(timing.seconds * 1000)
    const after = sample(receivedBy(loops), pids)
    const [read, write] = latencies.map(kind => kind.summary())
    await Promise.all(loops.map(loop => loop.stop()))
    check(loops)
    await closeConnections(connections)
    return { ...difference(before, after), read, write }
  } finally {
    for (const connection of connections) connection.destroy()
  }
}

/** Keeps a load up while something else is done, and tells the longest time that a write took meanwhile. */
export async function loadDuring<T>(
  ports: number | readonly number[],
  work: () => Promise<T>,
): Promise<{ result: T; longestWriteMs: number }> {
  const rings = ringsOf({ sessions: 4, outstanding: 1, writesInTen: 10 })
  const connections = await openConnections(ports, rings.length)
  const latencies = [READ, WRITE].map(() => new Latencies(1))
  const loops = rings.map((ring, index) => new ClosedLoop(connections[index], ring, 1, latencies))
  try {
    for (const loop of loops) loop.start()
    const result = await work()
    await Promise.all(loops.map(loop => loop.stop()))
    check(loops)
    await closeConnections(connections)
    return { result, longestWriteMs: latencies[WRITE].summary().max }
  } finally {
    for (const connection of connections) connection.destroy()
  }
}

/** One ring for each session of a load on the nodes of {@link prepareNodes}. */
export function ringsOf({ sessions, outstanding, writesInTen }: LoadShape): Ring[] {
  const mixed = writesInTen > 0 && writesInTen < 10
  // A multiple of ten, so that the mix is exact, and of the outstanding requests, so that few writes wrap around.
  const slots = mixed ? outstanding * 10 : Math.max(outstanding, 16)
  return Array.from({ length: sessions }, (_, session) => {
    const kinds = Uint8Array.from({ length: slots }, (_, slot) => kindOf(slot, writesInTen))
    const frames = Array.from(kinds, (kind, slot) => {
      const path = nodePath(((session * slots + slot) * 7919) % NODES)
      return kind === WRITE ? setDataFrame(path, VALUE) : getDataFrame(path)
    })
    return new Ring(frames, kinds)
  })
}

/** 0 read, 1 write: `writesInTen` of every ten slots, spread evenly. */
export function kindOf(slot: number, writesInTen: number): number {
  return (slot * writesInTen) % 10 < writesInTen ? WRITE : READ
}

/** @throws Error when a loop failed or did not get a reply to each request */
export function check(loops: readonly ClosedLoop[]): void {
  for (const { failure, sent, received } of loops) {
    if (failure !== null) throw new Error(failure)
    if (sent !== received) throw new Error(`${received} replies to ${sent} requests`)
  }
}

export function receivedBy(loops: readonly ClosedLoop[]): number {
  return loops.reduce((sum, loop) => sum + loop.received, 0)
}

function nodePath(index: number): string {
  return `/bench/${String(index).padStart(4, '0')}`
}
