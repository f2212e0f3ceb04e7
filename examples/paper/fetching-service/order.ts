/** The pages that one client wants: asked for, waited for, received once each. */
import { type Client, NoNodeError, type TreeCache } from '@menagerie/client'
import { paths, type Result, requests, results } from './layout.js'

export class Order {
  readonly #client: Client
  /** Url by the name of the request. */
  readonly #wanted: ReadonlyMap<string, string>
  readonly #asked = new Set<string>()
  readonly #received = new Set<string>()

  constructor(client: Client, wanted: ReadonlyMap<string, string>) {
    this.#client = client
    this.#wanted = wanted
  }

  get received(): number {
    return this.#received.size
  }

  get complete(): boolean {
    return this.#received.size === this.#wanted.size
  }

  /** Asks for more pages, until so many are open. */
  async ask(atMost: number): Promise<void> {
    for (const [name, url] of this.#wanted) {
      if (this.#asked.size - this.#received.size >= atMost) return
      if (!this.#asked.has(name)) await this.#ask(name, url)
    }
  }

  /** Receives what has come, and removes it. @returns what is new */
  async receive(cache: TreeCache): Promise<Result[]> {
    const fresh: Result[] = []
    for (const name of this.#asked) {
      const node = cache.get(`${paths.results}/${name}`)
      if (node === undefined) continue
      if (!this.#received.has(name)) fresh.push(results.decode(node.data!))
      this.#received.add(name)
      await this.#client.delete(node.path).catch(error => {
        if (!(error instanceof NoNodeError)) throw error // the cache lags, or the reply to an earlier try was lost
      })
    }
    return fresh
  }

  async #ask(name: string, url: string): Promise<void> {
    // After a lost reply, or a restart, it may be asked for already, and even answered: it is not to be fetched twice.
    if (!(await this.#isKnown(name))) await this.#client.create(`${paths.requests}/${name}`, requests.encode({ url }))
    this.#asked.add(name)
  }

  /** A request goes in the transaction that makes the result: looking for them in this order misses neither. */
  async #isKnown(name: string): Promise<boolean> {
    await this.#client.sync('/')
    if ((await this.#client.exists(`${paths.requests}/${name}`)) !== null) return true
    return (await this.#client.exists(`${paths.results}/${name}`)) !== null
  }
}
