/** What the lock protects: a document of several pages, replaced as a whole, read page by page. */
import { type Fence, OPEN_FENCE, pass } from '../support/fence.js'
import { Refused } from '../support/json-over-http.js'

export const PAGES = 4

/** What a holder of the lock asks. */
export type Request =
  | { readonly op: 'read'; readonly token: number; readonly page: number }
  | { readonly op: 'replace'; readonly token: number; readonly pages: readonly string[] }

/**
 * Readers refuse nobody but writers that were before them, so that any number of them can be inside. A writer shuts out all
 * who were before it: a reader among them would find pages of two editions.
 */
export class Document {
  #pages: readonly string[] = Array.from({ length: PAGES }, () => 'first edition')
  #fence: Fence = OPEN_FENCE

  /** The page that was asked for; of a replacement nothing. @throws Refused if who holds the lock has changed since */
  handle(request: Request): string | undefined {
    const after = pass(this.#fence, request.op === 'read' ? 'shared' : 'exclusive', request.token)
    if (after === undefined) throw new Refused(`token ${request.token} is too old`)
    this.#fence = after
    if (request.op === 'read') return this.#pages[request.page]
    this.#pages = request.pages
    return undefined
  }
}
