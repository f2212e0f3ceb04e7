import { join } from 'node:path'
import { EPOCH_MAX, type Epochs } from '@menagerie/core'
import { decodeUtf8, encodeUtf8 } from '@menagerie/core/jute'
import { replaceFile } from '../files/atomic-file.js'
import { errorCode, type FileSystem, readWhole } from '../files/file-system.js'
import { LogDamage } from './log-damage.js'

type EpochFile = 'acceptedEpoch' | 'currentEpoch'

/** Apache's `acceptedEpoch` and `currentEpoch`: a decimal number as text, beside the snapshots. */
export class EpochFiles {
  private accepted = -1
  private current = -1

  constructor(
    private readonly fs: FileSystem,
    private readonly folder: string,
  ) {}

  /** @throws LOG_CORRUPT for anything but a number; a missing file is -1 */
  async load(): Promise<void> {
    this.accepted = await this.read('acceptedEpoch')
    this.current = await this.read('currentEpoch')
  }

  values(): Epochs {
    return { accepted: this.accepted, current: this.current }
  }

  /** The file first, memory second: nobody acts on an epoch that a crash would forget. */
  async setAccepted(epoch: number): Promise<void> {
    await this.write('acceptedEpoch', epoch)
    this.accepted = epoch
  }

  async setCurrent(epoch: number): Promise<void> {
    await this.write('currentEpoch', epoch)
    this.current = epoch
  }

  /** Where the file of this name is: with the snapshots, which may be on another disk than the log. */
  path(name: EpochFile): string {
    return join(this.folder, name)
  }

  private async read(name: EpochFile): Promise<number> {
    const path = this.path(name)
    let bytes: Uint8Array
    try {
      bytes = await readWhole(this.fs, path)
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return -1
      throw error
    }
    const text = decodeUtf8(bytes, 0, Math.min(bytes.length, 64)).split('\n')[0].trim()
    const epoch = Number(text)
    if (!/^-?\d+$/.test(text) || epoch < -1 || epoch > EPOCH_MAX) {
      throw new LogDamage(
        path,
        0,
        `it holds ${JSON.stringify(text)}, expected an epoch, a number from 0 to ${EPOCH_MAX}`,
      )
    }
    return epoch
  }

  private write(name: EpochFile, epoch: number): Promise<void> {
    return replaceFile(this.fs, this.path(name), encodeUtf8(String(epoch)))
  }
}
