import type { SimulatedProcess } from './process.js'

/** Something that happens at one moment of simulated time. */
export interface SimulatedEvent {
  timeUs: number
  /** The order among events of one moment: that of scheduling. */
  sequence: number
  /** Whose event it is: it waits while that process is paused, and never happens once it is dead. */
  readonly process: SimulatedProcess | null
  readonly run: () => void
  cancelled: boolean
}

/** A binary heap of events, ordered by time and then by the order of scheduling. */
export class EventQueue {
  private readonly heap: SimulatedEvent[] = []

  get size(): number {
    return this.heap.length
  }

  peek(): SimulatedEvent | undefined {
    return this.heap[0]
  }

  push(event: SimulatedEvent): void {
    const { heap } = this
    let at = heap.length
    heap.push(event)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!before(event, heap[parent])) break
      heap[at] = heap[parent]
      at = parent
    }
    heap[at] = event
  }

  pop(): SimulatedEvent | undefined {
    const { heap } = this
    const first = heap[0]
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return first
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1], heap[child])) child++
      if (!before(heap[child], last)) break
      heap[at] = heap[child]
      at = child
    }
    heap[at] = last
    return first
  }
}

function before(a: SimulatedEvent, b: SimulatedEvent): boolean {
  return a.timeUs < b.timeUs || (a.timeUs === b.timeUs && a.sequence < b.sequence)
}
