/**
 * Packets of one link, handled one after another: while a step writes to disk, whatever comes waits for its end.
 *
 * What the handler throws, or its step, goes to `failed`, and nothing more is handled.
 */
export class PacketQueue {
  private waiting: Uint8Array[] = []
  private busy = false
  private closed = false
  /** Of the step under way, or the last one. */
  private step: Promise<void> = Promise.resolve()

  /**
   * @param handle gives a promise for a step that takes its time
   * @param stepped a step is done
   */
  constructor(
    private readonly handle: (packet: Uint8Array) => Promise<void> | undefined,
    private readonly stepped: () => void,
    private readonly failed: (error: Error) => void,
  ) {}

  /** Whether a step is under way. */
  get isBusy(): boolean {
    return this.busy
  }

  push(packet: Uint8Array): void {
    if (this.busy) this.waiting.push(packet)
    else this.process(packet)
  }

  /** Handles nothing more. Resolves when the step that is under way is over, whatever came of it. */
  close(): Promise<void> {
    this.closed = true
    this.waiting = []
    return this.step
  }

  private process(packet: Uint8Array): void {
    try {
      const step = this.handle(packet)
      if (step !== undefined) this.await(step)
    } catch (error) {
      this.failed(error as Error)
    }
  }

  private await(step: Promise<void>): void {
    this.busy = true
    this.step = step.then(
      () => {
        this.busy = false
        this.stepped()
        while (!this.busy && !this.closed && this.waiting.length > 0) this.process(this.waiting.shift()!)
      },
      error => this.failed(error as Error),
    )
  }
}
