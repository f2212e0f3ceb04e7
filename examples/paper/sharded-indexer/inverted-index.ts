/** The index of one shard: which documents have a word. */
export class InvertedIndex {
  readonly #documents = new Map<string, number[]>()
  size = 0

  add(document: number, text: string): void {
    for (const word of new Set(text.split(' '))) {
      const found = this.#documents.get(word)
      if (found === undefined) this.#documents.set(word, [document])
      else found.push(document)
    }
    this.size++
  }

  search(word: string): readonly number[] {
    return this.#documents.get(word) ?? []
  }
}
