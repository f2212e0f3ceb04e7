import { open, readFile, rename, writeFile } from 'node:fs/promises'

/** Transactions after which it is noted how far the feed has come, where none of them was of interest. */
const NOTE_EVERY = 1000

/**
 * A file of JSON lines, one for each transaction. Its last whole line says how far the feed has come, or, where nothing
 * of interest happened for long, the file `.position` beside it: the log that follows the last line may be purged by then.
 */
export class Journal {
  constructor(path, file, lastZxid) {
    this.path = path
    this.file = file
    this.lastZxid = lastZxid
    this.unnoted = 0
  }

  static async open(path) {
    const file = await open(path, 'a+')
    const contents = await file.readFile()
    // A crash may leave the last line unfinished: it is cut off, and its transaction comes again.
    const end = contents.lastIndexOf('\n') + 1
    if (end < contents.length) await file.truncate(end)
    const last = contents.subarray(0, end).toString('utf8').trimEnd().split('\n').at(-1)
    return new Journal(path, file, Math.max(last === '' ? 0 : JSON.parse(last).zxid, await positionOf(path)))
  }

  /** Everything that happened under a zxid, maybe nothing. */
  async write(zxid, entry) {
    if (entry !== undefined) await this.file.appendFile(`${JSON.stringify({ zxid, ...entry })}\n`)
    this.lastZxid = zxid
    if (++this.unnoted >= NOTE_EVERY) await this.note()
  }

  async close() {
    await this.note()
    await this.file.close()
  }

  /** Lines first: a position must not be ahead of them. */
  async note() {
    await this.file.sync()
    await writeFile(`${this.path}.position.new`, String(this.lastZxid), { flush: true })
    await rename(`${this.path}.position.new`, `${this.path}.position`)
    this.unnoted = 0
  }
}

async function positionOf(path) {
  try {
    return Number(await readFile(`${path}.position`, 'utf8'))
  } catch (error) {
    if (error.code === 'ENOENT') return 0
    throw error
  }
}
