import type { Request } from './request.js'

const FIRST_CAPACITY = 8

/** Requests that wait for their replies, oldest first: a ring that doubles when it is full. */
export class RequestQueue {
  #ring: (Request | undefined)[] = new Array(FIRST_CAPACITY).fill(undefined)
  #head = 0
  #size = 0

  get size(): number {
    return this.#size
  }

  push(request: Request): void {
    if (this.#size === this.#ring.length) this.#grow()
    this.#ring[(this.#head + this.#size) & (this.#ring.length - 1)] = request
    this.#size++
  }

  first(): Request | undefined {
    return this.#ring[this.#head]
  }

  shift(): Request | undefined {
    const request = this.#ring[this.#head]
    if (request === undefined) return undefined
    this.#ring[this.#head] = undefined
    this.#head = (this.#head + 1) & (this.#ring.length - 1)
    this.#size--
    return request
  }

  /** Empties the queue and returns what was in it, oldest first. */
  drain(): Request[] {
    const requests: Request[] = []
    for (let request = this.shift(); request !== undefined; request = this.shift()) requests.push(request)
    return requests
  }

  #grow(): void {
    const size = this.#size
    const ring = new Array<Request | undefined>(size * 2).fill(undefined)
    for (let i = 0; i < size; i++) ring[i] = this.#ring[(this.#head + i) & (size - 1)]
    this.#ring = ring
    this.#head = 0
  }
}
