/** The messages of one topic on one broker, in a file with one JSON object on each line. */
import { type FileHandle, open, readFile, rename, writeFile } from 'node:fs/promises'
import type { Entry } from './wire.js'

export class TopicLog {
  readonly #file: string
  readonly #entries: Entry[]
  readonly #positions = new Map<string, number>()
  #handle: FileHandle
  /** Writes follow each other in the order of the calls. */
  #writes: Promise<void> = Promise.resolve()
  /** Messages for the next write, which has not begun: they share one flush. */
  #batch: { readonly entries: Entry[]; readonly written: Promise<void> } | undefined

  private constructor(file: string, handle: FileHandle, entries: Entry[]) {
    this.#file = file
    this.#handle = handle
    this.#entries = entries
    this.#index()
  }

  /** Reads what is there. A last line without its end was never acknowledged: it is dropped. */
  static async open(file: string): Promise<TopicLog> {
    const text = await readFile(file, 'utf8').catch(() => '')
    const whole = text.slice(0, text.lastIndexOf('\n') + 1)
    const handle = await open(file, 'a')
    await handle.truncate(Buffer.byteLength(whole))
    const lines = whole.split('\n').slice(0, -1)
    return new TopicLog(
      file,
      handle,
      lines.map(line => JSON.parse(line) as Entry),
    )
  }

  get length(): number {
    return this.#entries.length
  }

  /** All messages in order. */
  get entries(): readonly Entry[] {
    return this.#entries
  }

  positionOf(id: string): number | undefined {
    return this.#positions.get(id)
  }

  /** Adds a message at once. Resolves when it would survive a power cut, and all before it. */
  append(entry: Entry): Promise<void> {
    this.#positions.set(entry.id, this.#entries.push(entry) - 1)
    if (this.#batch === undefined) {
      const entries: Entry[] = []
      const written = this.#then(async () => {
        this.#batch = undefined
        await this.#handle.appendFile(entries.map(lineOf).join(''))
        await this.#handle.datasync()
      })
      this.#batch = { entries, written }
    }
    this.#batch.entries.push(entry)
    return this.#batch.written
  }

  /** Puts other messages in the place of all that is there, at once. Resolves as {@link append} does. */
  replace(entries: readonly Entry[]): Promise<void> {
    this.#entries.splice(0, this.#entries.length, ...entries)
    this.#positions.clear()
    this.#index()
    const text = entries.map(lineOf).join('')
    this.#batch = undefined // what comes from now on is written behind this
    return this.#then(async () => {
      const fresh = `${this.#file}.new`
      await writeFile(fresh, text, { flush: true })
      await rename(fresh, this.#file)
      await this.#handle.close()
      this.#handle = await open(this.#file, 'a')
    })
  }

  async close(): Promise<void> {
    await this.#writes.catch(() => {})
    await this.#handle.close()
  }

  #then(work: () => Promise<void>): Promise<void> {
    this.#writes = this.#writes.then(work)
    return this.#writes
  }

  #index(): void {
    for (const [position, { id }] of this.#entries.entries()) this.#positions.set(id, position)
  }
}

const lineOf = (entry: Entry) => `${JSON.stringify(entry)}\n`
