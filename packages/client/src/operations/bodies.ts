/** What bodies of requests and replies are made of. */
import { type JuteReader, type JuteWriter, KeeperCode, type Stat } from '@menagerie/core/jute'
import { BadArgumentsError, type KeeperError, keeperError } from '../errors.js'
import { pathProblem } from '../path.js'
import type { Operation, Request } from '../request.js'
import { readOwnBuffer, readStat } from '../stat.js'

// --- requests

// What cannot be is refused here, where it is written: nothing of the request has left then.

export function writePath(writer: JuteWriter, request: Request): void {
  checkPath(request, request.path)
  writer.ustring(request.path)
}

export function writePathWatch(writer: JuteWriter, request: Request): void {
  writePath(writer, request)
  writer.bool(request.watcher !== null)
}

export function writePathVersion(writer: JuteWriter, request: Request): void {
  writePath(writer, request)
  writeVersion(writer, request)
}

export function writePathDataVersion(writer: JuteWriter, request: Request): void {
  writePath(writer, request)
  writeData(writer, request)
  writeVersion(writer, request)
}

export function writeVersion(writer: JuteWriter, request: Request): void {
  const version = request.number
  if ((version | 0) !== version) throw refused(request, `version must be a whole number of 32 bits, found ${version}`)
  writer.int(version)
}

export function writeData(writer: JuteWriter, request: Request): void {
  const { data } = request
  if (data !== null) checkBytes(request, 'data', data, 'a Uint8Array or null')
  writer.buffer(data)
}

/** @param path the request's, or what the server will make of it */
export function checkPath(request: Request, path: string): void {
  if (typeof path !== 'string') {
    throw new TypeError(`${request.operation.name}: the path must be a string, found ${kindOf(path)}`)
  }
  const problem = pathProblem(path)
  if (problem !== undefined) throw refused(request, problem)
}

/** A string would be written as zeros without a word. @throws TypeError */
export function checkBytes(request: Request, what: string, bytes: unknown, wanted = 'a Uint8Array'): void {
  if (bytes instanceof Uint8Array) return
  const { operation, path } = request
  const where = path === '' ? operation.name : `${operation.name} ${pathOf(request)}`
  const advice = typeof bytes === 'string' ? ': encode it with new TextEncoder().encode(…)' : ''
  throw new TypeError(`${where}: ${what} must be ${wanted}, found ${kindOf(bytes)}${advice}`)
}

export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/** What the server would say, told before it is asked. */
export function refused(request: Request, why: string): BadArgumentsError {
  return new BadArgumentsError(KeeperCode.BadArguments, request.operation.name, pathOf(request), why)
}

/** The request's path as its caller gave it. */
export function pathOf({ path, chrootLength }: Request): string {
  return stripChroot(path, chrootLength)
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
  return keeperError(code, this.name, pathOf(request), request.number)
}
