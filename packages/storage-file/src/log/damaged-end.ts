/**
 * The end of a log that is damaged, on its way to being replaced by a leader's. What was damaged is kept beside the log,
 * and for as long as it is there the log is not to be believed: that file is the mark, so that no crash on the way makes
 * a log with a hole look like a whole one.
 */
import { basename, join } from 'node:path'
import { type DamagedEnd, MenagerieError, type Zxid } from '@menagerie/core'
import { replaceFile } from '../files/atomic-file.js'
import type { FileSystem } from '../files/file-system.js'
import { asideName, isAside } from '../format/file-names.js'
import type { LogDamage } from './log-damage.js'
import { cutSegment, type Segment } from './segments.js'

/** A file whose newest records are damaged. */
export interface DamagedSegment {
  readonly segment: Segment
  readonly damage: LogDamage
}

/** See {@link DamagedEnd}. */
export class DamagedFiles implements DamagedEnd {
  readonly error: MenagerieError
  /** Whether the log may be appended to. */
  isAside: boolean

  constructor(
    private readonly fs: FileSystem,
    private readonly folder: string,
    readonly last: Zxid,
    private readonly found: DamagedSegment | undefined,
    private readonly onReplaced: () => void,
    aside: string | undefined,
  ) {
    this.isAside = found === undefined
    this.error = found?.damage ?? notReplaced(folder, aside!)
  }

  async setAside(): Promise<void> {
    const { fs, folder, found } = this
    if (found === undefined || this.isAside) return
    const { segment, damage } = found
    const isWhole = damage.last === 0
    const from = isWhole ? 0 : damage.offset
    // First the mark, then the cut: in between the log is damaged still.
    await replaceFile(fs, join(folder, asideName(basename(segment.path))), await writtenFrom(fs, segment.path, from))
    if (isWhole) {
      await fs.remove(segment.path)
      await fs.syncDirectory(folder)
    } else await cutSegment(fs, segment, from)
    this.isAside = true
  }

  async replaced(): Promise<void> {
    const { fs, folder } = this
    await this.setAside()
    for (const name of await fs.list(folder)) if (isAside(name)) await fs.remove(join(folder, name))
    await fs.syncDirectory(folder)
    this.onReplaced()
  }
}

/** The damaged end that an earlier run has put aside and nothing has replaced yet, if there is one. */
export async function findAside(fs: FileSystem, folder: string): Promise<string | undefined> {
  const name = (await fs.list(folder)).find(isAside)
  return name === undefined ? undefined : join(folder, name)
}

export function notReplaced(folder: string, aside: string): MenagerieError {
  return new MenagerieError(
    'LOG_CORRUPT',
    `the log in ${folder} lacks its end, which was damaged and which no leader has replaced yet; what it held is in ${aside}`,
  )
}

/** A file's bytes from an offset on, without the zeros that it was extended with. */
async function writtenFrom(fs: FileSystem, path: string, from: number): Promise<Uint8Array> {
  const file = await fs.open(path, 'read')
  try {
    const bytes = new Uint8Array((await file.size()) - from)
    let length = await file.read(bytes, bytes.length, from)
    while (length > 0 && bytes[length - 1] === 0) length--
    return bytes.subarray(0, length)
  } finally {
    await file.close()
  }
}
