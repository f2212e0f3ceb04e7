import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { NumberedRequest, WriteAnswer, WriteRequest } from './write-request.js'

interface Waiting {
  readonly resolve: (lent: ArrayBuffer | undefined) => void
  readonly reject: (error: Error) => void
}

/** The main thread's side of the thread that writes. Requests are carried out in the order of the calls. */
export class Writer {
  private readonly worker: Worker
  private readonly waiting = new Map<number, Waiting>()
  private lastId = 0
  private failure: Error | undefined

  constructor(handle: bigint) {
    this.worker = new Worker(new URL('./writer-thread.js', import.meta.url), { workerData: { handle } })
    this.worker.on('message', (answer: WriteAnswer) => this.answered(answer))
    this.worker.on('error', error => this.fail(error as Error))
    this.worker.on('exit', () => this.fail(new Error('the thread that writes to RocksDB has ended')))
  }

  /**
   * @param lent a buffer that the request's values are views of; it must not be touched until it comes back
   * @returns the same bytes as a buffer to use again
   */
  write(request: WriteRequest, lent?: ArrayBuffer): Promise<ArrayBuffer | undefined> {
    if (this.failure) return Promise.reject(this.failure)
    return new Promise((resolve, reject) => {
      const id = ++this.lastId
      this.waiting.set(id, { resolve, reject })
      const message: NumberedRequest = { ...request, id, lent }
      this.worker.postMessage(message, lent ? [lent] : [])
    })
  }

  /** Resolves once everything asked for has been carried out and the thread has ended. */
  async end(): Promise<void> {
    if (this.failure) return
    const exit = once(this.worker, 'exit')
    this.worker.postMessage('end')
    await exit
  }

  private answered({ id, lent, error }: WriteAnswer): void {
    const waiting = this.waiting.get(id)
    this.waiting.delete(id)
    if (error) waiting?.reject(Object.assign(new Error(error.message), { code: error.code }))
    else waiting?.resolve(lent)
  }

  private fail(error: Error): void {
    this.failure ??= error
    for (const { reject } of this.waiting.values()) reject(this.failure)
    this.waiting.clear()
  }
}
