/** What the primary does in the name of its lock: notes in one file of the file server, each once. */
import { askJson } from '../support/json-over-http.js'
import type { FileRequest } from './files.js'
import type { Sequencer } from './sequencer.js'

export class Journal {
  readonly #fileServer: string
  readonly #sequencer: Sequencer
  #notes: readonly string[]
  /** One note after the other. */
  #last: Promise<unknown> = Promise.resolve()

  private constructor(fileServer: string, sequencer: Sequencer, notes: readonly string[]) {
    this.#fileServer = fileServer
    this.#sequencer = sequencer
    this.#notes = notes
  }

  /** Reads what earlier primaries have written; from then on the file server refuses them. */
  static async open(fileServer: string, sequencer: Sequencer): Promise<Journal> {
    const text = await askJson<string>(fileServer, { sequencer, file: 'journal' } satisfies FileRequest)
    return new Journal(fileServer, sequencer, text.split('\n').filter(Boolean))
  }

  /** Resolves when the note is in the file; a note that is there already is not written again. */
  add(note: string): Promise<void> {
    const adding = this.#last.then(() => this.#add(note))
    this.#last = adding.catch(() => {})
    return adding
  }

  async #add(note: string): Promise<void> {
    if (this.#notes.includes(note)) return
    const notes = [...this.#notes, note]
    const request: FileRequest = { sequencer: this.#sequencer, file: 'journal', text: notes.join('\n') }
    await askJson(this.#fileServer, request)
    this.#notes = notes
  }
}
