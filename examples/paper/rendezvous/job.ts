/** The work of the master: numbers to be squared by others, each of which may die. */
export interface Report {
  readonly worker: string
  /** What it has finished, if anything. */
  readonly done?: { readonly task: number; readonly result: number }
}

/** The next task; null if there is none left. */
export type Order = number | null

export class Job {
  readonly #results = new Map<number, number>()
  /** Not finished, the one that was given out longest ago first. */
  readonly #open: number[]

  constructor(tasks: number) {
    this.#open = Array.from({ length: tasks }, (_, index) => index + 1)
  }

  /**
   * Takes a result and gives the next task. When all are given out, they are given out again: whoever has one may be dead, and a
   * result that comes twice counts once.
   */
  report({ done }: Report): Order {
    if (done !== undefined) {
      this.#results.set(done.task, done.result)
      const at = this.#open.indexOf(done.task)
      if (at !== -1) this.#open.splice(at, 1)
    }
    const task = this.#open.shift()
    if (task === undefined) return null
    this.#open.push(task)
    return task
  }

  /** The sum of all results; undefined while some are missing. */
  get sum(): number | undefined {
    return this.#open.length > 0 ? undefined : [...this.#results.values()].reduce((a, b) => a + b, 0)
  }
}
