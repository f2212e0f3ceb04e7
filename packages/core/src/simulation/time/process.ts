import type { SimulatedEvent } from './event-queue.js'

/**
 * One run of a server, from its start to its crash or stop: whoever events belong to. A restarted server
 * is another process, so nothing of the old run can reach into the new one.
 */
export class SimulatedProcess {
  private state: 'running' | 'paused' | 'dead' = 'running'
  /** What fell due while the process stood still. */
  private held: SimulatedEvent[] = []

  constructor(readonly name: string) {}

  get isDead(): boolean {
    return this.state === 'dead'
  }

  get isPaused(): boolean {
    return this.state === 'paused'
  }

  /** Stands still: events that fall due wait. */
  pause(): void {
    if (this.state === 'running') this.state = 'paused'
  }

  /** Goes on; gives what has to happen now, in the order in which it fell due. */
  resume(): readonly SimulatedEvent[] {
    if (this.state !== 'paused') return []
    this.state = 'running'
    return this.held.splice(0)
  }

  hold(event: SimulatedEvent): void {
    this.held.push(event)
  }

  /** Nothing of it happens any more. */
  kill(): void {
    this.state = 'dead'
    this.held = []
  }
}
