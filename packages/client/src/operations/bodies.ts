/** What bodies of requests and replies are made of. */
import type { JuteReader, JuteWriter, Stat } from '@menagerie/core/jute'
import { type KeeperError, keeperError } from '../errors.js'
import type { Operation, Request } from '../request.js'
import { readOwnBuffer, readStat } from '../stat.js'

// --- requests

export function writePath(writer: JuteWriter, request: Request): void {
  writer.ustring(request.path)
}

export function writePathWatch(writer: JuteWriter, request: Request): void {
  writer.ustring(request.path)
  writer.bool(request.watcher !== null)
}

export function writePathNumber(writer: JuteWriter, request: Request): void {
  writer.ustring(request.path)
  writer.int(request.number)
}

export function writePathDataVersion(writer: JuteWriter, request: Request): void {
  writer.ustring(request.path)
  writeData(writer, request.data)
  writer.int(request.number)
}

export function writeData(writer: JuteWriter, data: Uint8Array | null): void {
  // A string would be written as zeros without a word.
  if (data !== null && !(data instanceof Uint8Array)) throw new TypeError('data must be a Uint8Array or null')
  writer.buffer(data)
}

// --- replies

export function readNothing(): void {}

export function readOnlyStat(reader: JuteReader): Stat {
  return readStat(reader)
}

/** A path of the server's, as the client sees it. */
export function readPath(reader: JuteReader, request: Request): string {
  return stripChroot(reader.ustring() ?? '', request.chrootLength)
}

/** Takes the chroot off a path; the chroot itself becomes `/`. */
export function stripChroot(path: string, chrootLength: number): string {
  if (chrootLength === 0) return path
  return path.length <= chrootLength ? '/' : path.slice(chrootLength)
}

export function readDataStat(reader: JuteReader): { data: Uint8Array | null; stat: Stat } {
  return { data: readOwnBuffer(reader), stat: readStat(reader) }
}

export function readNames(reader: JuteReader): string[] {
  const count = reader.vectorLength()
  const names: string[] = []
  for (let i = 0; i < count; i++) names.push(reader.ustring() ?? '')
  return names
}

export function readPaths(reader: JuteReader, request: Request): string[] {
  const paths = readNames(reader)
  return request.chrootLength === 0 ? paths : paths.map(path => stripChroot(path, request.chrootLength))
}

// --- refusals

export function versionFailure(this: Operation, code: number, request: Request): KeeperError {
  return keeperError(code, this.name, stripChroot(request.path, request.chrootLength), request.number)
}
