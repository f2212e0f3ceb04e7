import { type Zxid, zxidHex } from '@menagerie/core'

/** The compression of a snapshot, as its file name's suffix shows it. */
export type Compression = '' | 'gz' | 'snappy'

/** The folder, below dataDir and dataLogDir, that Apache keeps the present format in. */
export const VERSION_FOLDER = 'version-2'

export function logName(first: Zxid): string {
  return `log.${zxidHex(first)}`
}

export function snapshotName(zxid: Zxid, compression: Compression): string {
  return `snapshot.${zxidHex(zxid)}${compression && `.${compression}`}`
}

/** The least zxid that may stand in the log file, or undefined for another file. */
export function logZxid(name: string): Zxid | undefined {
  const match = /^log\.([0-9a-f]{1,14})$/.exec(name)
  return match ? safe(match[1]) : undefined
}

/** What a snapshot's name says, or undefined for another file. */
export function parseSnapshotName(name: string): { zxid: Zxid; compression: Compression } | undefined {
  const match = /^snapshot\.([0-9a-f]{1,14})(?:\.(gz|snappy))?$/.exec(name)
  const zxid = match ? safe(match[1]) : undefined
  return zxid === undefined ? undefined : { zxid, compression: (match?.[2] ?? '') as Compression }
}

/**
 * A name under which a file is written before it is renamed to `name`. Apache goes by what stands before
 * the first point, so it ignores these.
 */
export function temporaryName(name: string): string {
  return `tmp.${name}`
}

export function isTemporary(name: string): boolean {
  return name.startsWith('tmp.')
}

/** Where the damaged end of a log file is kept until a leader has replaced it. Apache ignores it, as {@link temporaryName}. */
export function asideName(logFile: string): string {
  return `damaged.${logFile}`
}

export function isAside(name: string): boolean {
  return /^damaged\.log\.[0-9a-f]{1,14}$/.test(name)
}

function safe(hex: string): Zxid | undefined {
  const value = Number.parseInt(hex, 16)
  return Number.isSafeInteger(value) ? value : undefined
}
