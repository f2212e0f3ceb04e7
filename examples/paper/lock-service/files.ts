/** What the file server keeps, and whom it refuses. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { type Fence, OPEN_FENCE, pass } from '../support/fence.js'
import { Refused } from '../support/json-over-http.js'
import { describe, type Sequencer } from './sequencer.js'

/** What a client asks of the file server, in the name of its lock. */
export interface FileRequest {
  readonly sequencer: Sequencer
  readonly file: string
  /** What to write; without it the file is read. */
  readonly text?: string
}

interface Stored {
  readonly files: Readonly<Record<string, string>>
  /** By the name of the lock. */
  readonly fences: Readonly<Record<string, Fence>>
}

/** Files in one file on the disk, with the newest sequencers that were seen: both survive together. */
export class Files {
  readonly #disk: string

  constructor(disk: string) {
    this.#disk = disk
  }

  /**
   * What the file holds afterwards.
   * @throws Refused the sequencer has not the mode for it, or somebody with a later one that excludes it has been here
   */
  handle({ sequencer, file, text }: FileRequest): string {
    const { files, fences } = this.#load()
    const { file: lock, mode, generation } = sequencer
    if (text !== undefined && mode === 'shared') throw new Refused(`${describe(sequencer)} does not allow to write`)
    const fence = pass(fences[lock] ?? OPEN_FENCE, mode, generation)
    if (fence === undefined) throw new Refused(`${describe(sequencer)} is out of date`)
    const after = text ?? files[file] ?? ''
    this.#store({ files: { ...files, [file]: after }, fences: { ...fences, [lock]: fence } })
    return after
  }

  #load(): Stored {
    try {
      return JSON.parse(readFileSync(this.#disk, 'utf8')) as Stored
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      return { files: {}, fences: {} }
    }
  }

  #store(stored: Stored): void {
    writeFileSync(`${this.#disk}.new`, JSON.stringify(stored))
    renameSync(`${this.#disk}.new`, this.#disk)
  }
}
