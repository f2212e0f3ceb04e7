import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { NumberedRequest, WriteAnswer, WriteRequest } from './write-request.js'

interface Waiting {
  readonly resolve: (lent: ArrayBuffer | undefined) => void
  readonly reject: (error: Error) => void
}

/**
 * The main thread's side of the thread that writes. Requests are carried out in the order of the calls. The thread begins
 * with the first of them, unless it was asked to before.
 */
export class Writer {
  private worker: Worker | undefined
  private readonly waiting = new Map<number, Waiting>()
  private lastId = 0
  private failure: Error | undefined

  /** @param handle of the open database */
  constructor(private readonly handle: bigint) {}

  /** Has the thread ready for the first request: it takes some tens of milliseconds to begin. */
  begin(): void {
    if (!this.failure) this.worker ??= this.start()
  }

  /**
   * @param lent a buffer that the request's values are views of; it must not be touched until it comes back
   * @returns the same bytes as a buffer to use again
   */
  write(request: WriteRequest, lent?: ArrayBuffer): Promise<ArrayBuffer | undefined> {
    if (this.failure) return Promise.reject(this.failure)
    const worker = (this.worker ??= this.start())
    return new Promise((resolve, reject) => {
      const id = ++this.lastId
      this.waiting.set(id, { resolve, reject })
      const message: NumberedRequest = { ...request, id, lent }
      worker.postMessage(message, lent ? [lent] : [])
    })
  }

  /** Resolves once everything asked for has been carried out and the thread has ended. */
  async end(): Promise<void> {
    if (this.failure || !this.worker) return
    const exit = once(this.worker, 'exit')
    this.worker.postMessage('end')
    await exit
  }

  private start(): Worker {
    const { handle } = this
    const worker = new Worker(new URL('./writer-thread.js', import.meta.url), { workerData: { handle } })
    worker.on('message', (answer: WriteAnswer) => this.answered(answer))
    worker.on('error', error => this.fail(error as Error))
    worker.on('exit', () => this.fail(new Error('the thread that writes to RocksDB has ended')))
    return worker
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
