import type { ServerKind } from './kinds.js'
import type { Better } from './statistics.js'

/** Rows of one group are measured on one run of a server. */
export type Group = 'start' | 'steady' | 'bulk' | 'snapshot' | 'ensemble' | 'catch-up' | 'catch-up-empty'

/** One line of the table. Targets are ratios, Menagerie to Apache; null where a row is shown for comparison only. */
export interface Row {
  id: string
  group: Group
  title: string
  unit: string
  better: Better
  target: number | null
  /** Ratio of processor time per operation to reach; set on rows that measure it. */
  cpuTarget?: number | null
}

/** A load of getData and setData on 1 KB values. */
export interface LoadShape {
  sessions: number
  outstanding: number
  /** Writes in each run of ten requests. */
  writesInTen: number
}

export const LOADS: Record<string, LoadShape> = {
  'read-64x16': { sessions: 64, outstanding: 16, writesInTen: 0 },
  'read-16x1': { sessions: 16, outstanding: 1, writesInTen: 0 },
  'read-1x1': { sessions: 1, outstanding: 1, writesInTen: 0 },
  'mixed-90-10': { sessions: 64, outstanding: 16, writesInTen: 1 },
  'mixed-50-50': { sessions: 64, outstanding: 16, writesInTen: 5 },
  'write-64x16': { sessions: 64, outstanding: 16, writesInTen: 10 },
  'write-16x1': { sessions: 16, outstanding: 1, writesInTen: 10 },
  'write-1x1': { sessions: 1, outstanding: 1, writesInTen: 10 },
}

export const WATCHERS = 1000
export const IDLE_SESSIONS = 2000

/** @param size znodes of the rows with a big tree */
export function allRows(size: number): Row[] {
  const many = size.toLocaleString('en-US')
  return [
    lower('start-empty', 'start', 'start on an empty directory to the first request served', 'ms', 0.5),
    lower('rss-empty', 'start', 'resident memory, empty', 'MiB', 1),
    lower('rss-idle-sessions', 'start', `${IDLE_SESSIONS} idle sessions: growth of resident memory`, 'MiB', 0.3),
    load('read-64x16', 'read 100 %, 64 sessions x 16 outstanding', 3, 0.25),
    load('read-16x1', 'read 100 %, 16 x 1', 1.3),
    load('read-1x1', 'read 100 %, 1 x 1', 3),
    load('mixed-90-10', 'read 90 % write 10 %, 64 x 16', 2),
    load('mixed-50-50', 'read 50 % write 50 %, 64 x 16', 2),
    load('write-64x16', 'write 100 %, 64 x 16', 2),
    load('write-16x1', 'write 100 %, 16 x 1', 1.5),
    load('write-1x1', 'write 100 %, 1 x 1', 1.3),
    lower('create-p50', 'steady', 'latency of single creates, p50', 'ms', 0.6),
    lower('create-p99', 'steady', 'latency of single creates, p99', 'ms', 0.6),
    lower('notify-1000', 'steady', `notification of ${WATCHERS} watchers, until the last event`, 'ms', 0.5),
    { ...load('connect-close', 'connect and close of sessions', 2), unit: 'sessions/s' },
    { ...load('bulk-load', `load of ${many} znodes of 100 bytes`, 3), group: 'bulk', unit: 'znodes/s' },
    lower('bulk-rss', 'bulk', `resident memory with ${many} znodes`, 'MiB', 0.4),
    lower('restart-killed', 'bulk', `restart with ${many} znodes after kill -9`, 'ms', 0.5),
    lower('restart-stopped', 'bulk', `restart with ${many} znodes after a clean stop`, 'ms', 0.5),
    ...['read', 'write'].flatMap(kind =>
      ['p99', 'max'].flatMap(figure => [
        lower(`snapshot-${kind}-${figure}-without`, 'snapshot', `${kind} ${figure}, no snapshot`, 'ms', null),
        lower(
          `snapshot-${kind}-${figure}-with`,
          'snapshot',
          `${kind} ${figure}, while a snapshot of ${many} znodes is written`,
          'ms',
          null,
        ),
      ]),
    ),
  ]
}

/** Loads of three servers: the same as of one. */
export const ENSEMBLE_LOADS: Record<string, LoadShape> = {
  'ensemble-read-64x16': LOADS['read-64x16'],
  'ensemble-mixed-90-10': LOADS['mixed-90-10'],
  'ensemble-mixed-50-50': LOADS['mixed-50-50'],
  'ensemble-write-64x16': LOADS['write-64x16'],
}

/** Transactions that a server misses while it is down. */
export const MISSED = 100_000

/** The rows of three servers on one machine; their sessions are spread over the three. */
export function ensembleRows(size: number): Row[] {
  const many = size.toLocaleString('en-US')
  const missed = Math.min(MISSED, size).toLocaleString('en-US')
  const over = (id: string, title: string, target: number): Row => ({
    ...load(id, `three servers: ${title}, 64 sessions x 16 outstanding`, target, 0.5),
    group: 'ensemble',
  })
  return [
    over('ensemble-read-64x16', 'read 100 %', 3),
    over('ensemble-mixed-90-10', 'read 90 % write 10 %', 2),
    over('ensemble-mixed-50-50', 'read 50 % write 50 %', 2),
    over('ensemble-write-64x16', 'write 100 %', 2),
    lower('ensemble-create-p50', 'ensemble', 'three servers: latency of single creates, p50', 'ms', 0.6),
    lower('ensemble-create-p99', 'ensemble', 'three servers: latency of single creates, p99', 'ms', 0.6),
    lower('ensemble-rss', 'ensemble', 'three servers: resident memory of all, after the loads', 'MiB', 0.5),
    lower('catch-up-missed', 'catch-up', `a server that missed ${missed} transactions serves again`, 'ms', 0.5),
    lower('catch-up-missed-stall', 'catch-up', 'longest write at the others meanwhile', 'ms', null),
    lower('catch-up-empty', 'catch-up-empty', `an empty server beside ${many} znodes serves`, 'ms', 0.5),
    lower('catch-up-empty-stall', 'catch-up-empty', 'longest write at the others meanwhile', 'ms', null),
  ]
}

/** What one kind of Menagerie is to reach beside the usual one, as a ratio. */
export interface PartTarget {
  row: string
  kind: ServerKind
  target: number
}

export const PART_TARGETS: readonly PartTarget[] = [
  { row: 'write-64x16', kind: 'menagerie-rocksdb', target: 1 },
  { row: 'restart-killed', kind: 'menagerie-rocksdb', target: 1 },
  { row: 'restart-stopped', kind: 'menagerie-rocksdb', target: 1 },
  { row: 'ensemble-write-64x16', kind: 'menagerie-nats', target: 0.5 },
]

/** Rows whose id contains one of the words; all of them without words. */
export function selectRows(rows: readonly Row[], words: readonly string[]): Row[] {
  if (words.length === 0) return [...rows]
  return rows.filter(row => words.some(word => row.id.includes(word)))
}

function lower(id: string, group: Group, title: string, unit: string, target: number | null): Row {
  return { id, group, title, unit, better: 'lower', target }
}

function load(id: string, title: string, target: number, cpuTarget: number | null = null): Row {
  return { id, group: 'steady', title, unit: 'ops/s', better: 'higher', target, cpuTarget }
}
