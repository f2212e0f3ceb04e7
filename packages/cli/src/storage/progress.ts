import type { Writable } from 'node:stream'
import { SingleBar } from 'cli-progress'

/** How far a long piece of work is. */
export interface Progress {
  start(what: string, totalBytes: number): void
  add(bytes: number): void
  stop(): void
}

/** A bar on a terminal; nothing where nobody watches. */
export function progressOn(stream: Writable & { readonly isTTY?: boolean }): Progress {
  if (!stream.isTTY) return { start() {}, add() {}, stop() {} }
  const bar = new SingleBar({
    stream,
    format: '{what} [{bar}] {percentage}%  {done} of {all}  {eta_formatted} left',
    barCompleteChar: '=',
    barIncompleteChar: ' ',
    hideCursor: true,
    clearOnComplete: true,
  })
  let done = 0
  let total = 0
  return {
    start(what, totalBytes) {
      done = 0
      total = totalBytes
      bar.start(Math.max(totalBytes, 1), 0, { what, done: bytes(0), all: bytes(totalBytes) })
    },
    add(count) {
      done = Math.min(done + count, total)
      bar.update(done, { done: bytes(done) })
    },
    stop: () => bar.stop(),
  }
}

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB']

/** `12.3 MB`, in steps of 1024. */
export function bytes(count: number): string {
  let unit = 0
  let value = count
  for (; value >= 1024 && unit < UNITS.length - 1; unit++) value /= 1024
  return unit === 0 ? `${value} B` : `${value.toFixed(value < 10 ? 1 : 0)} ${UNITS[unit]}`
}

/** `1 record`, `2 records`. */
export const plural = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`
