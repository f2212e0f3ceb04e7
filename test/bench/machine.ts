import { spawnSync } from 'node:child_process'
import { closeSync, fdatasyncSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import os from 'node:os'
import { join, resolve } from 'node:path'
import { percentile } from './statistics.js'

/** What a figure depends on besides the programs. */
export interface Machine {
  processor: string
  processors: number
  memoryGiB: number
  system: string
  node: string
  java: string
  zookeeper: string
  fileSystem: string
  /** Median milliseconds of appending 1 KB and flushing it: what no write can be faster than, alone. */
  flushMs: number
  /** Load average over a minute when the benchmark began: what else was running. */
  loadBefore: number
}

/** @param dir where the data directories will be */
export function describeMachine(dir: string): Machine {
  return {
    processor: os.cpus()[0]?.model.trim() ?? 'unknown',
    processors: os.availableParallelism(),
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.type()} ${os.release()}`,
    node: process.version,
    java: firstLine('java', ['-version']),
    zookeeper: firstLine('dpkg-query', ['-W', '-f', '$' + '{Version}', 'zookeeper']),
    fileSystem: fileSystemOf(resolve(dir), readFileSync('/proc/mounts', 'utf8')),
    flushMs: flushTime(dir),
    loadBefore: os.loadavg()[0],
  }
}

/** The type of the file system that holds a path, given /proc/mounts. Later mounts cover earlier ones. */
export function fileSystemOf(path: string, mounts: string): string {
  let best = ''
  let type = 'unknown'
  for (const line of mounts.split('\n')) {
    const [, encoded, fsType] = line.split(' ')
    if (fsType === undefined) continue
    const point = encoded.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)))
    const inside = point === '/' || path === point || path.startsWith(`${point}/`)
    if (inside && point.length >= best.length) {
      best = point
      type = fsType
    }
  }
  return type
}

function firstLine(command: string, args: string[]): string {
  const { stdout, stderr, status } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) return 'none'
  return (stdout || stderr).trim().split('\n')[0]
}

function flushTime(dir: string): number {
  const folder = mkdtempSync(join(dir, 'menagerie-bench-flush-'))
  const file = openSync(join(folder, 'file'), 'w')
  try {
    const block = Buffer.alloc(1024, 1)
    const times = Array.from({ length: 100 }, () => {
      const since = performance.now()
      writeSync(file, block)
      fdatasyncSync(file)
      return performance.now() - since
    })
    return percentile(
      times.sort((a, b) => a - b),
      0.5,
    )
  } finally {
    closeSync(file)
    rmSync(folder, { recursive: true })
  }
}
