import { open } from 'node:fs/promises'

/** A file of JSON lines, one for each transaction. Its last whole line says how far it has come. */
export class Journal {
  constructor(file, lastZxid) {
    this.file = file
    this.lastZxid = lastZxid
  }

  static async open(path) {
    const file = await open(path, 'a+')
    const contents = await file.readFile()
    // A crash may leave the last line unfinished: it is cut off, and its transaction comes again.
    const end = contents.lastIndexOf('\n') + 1
    if (end < contents.length) await file.truncate(end)
    const lines = contents.subarray(0, end).toString('utf8').trimEnd().split('\n')
    const last = lines.at(-1)
    return new Journal(file, last === '' ? 0 : JSON.parse(last).zxid)
  }

  async write(entry) {
    await this.file.appendFile(`${JSON.stringify(entry)}\n`)
  }

  async close() {
    await this.file.sync()
    await this.file.close()
  }
}
