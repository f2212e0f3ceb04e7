import type { Cancel, Clock, Logger } from '@menagerie/core'

export interface FirstConnectionParts {
  readonly clock: Clock
  readonly logger: Logger
  /** Pause between two attempts. */
  readonly delayMs: number
  /** One attempt, which leaves nothing behind when it fails. */
  readonly attempt: () => Promise<void>
}

/** Goes on where NATS was not there at the start: tries until it goes, and says once for each reason what is missing. */
export class FirstConnection {
  private isOver = false
  private said = ''
  private cancel: Cancel | undefined

  constructor(private readonly parts: FirstConnectionParts) {}

  /** @param reason why the first attempt has failed */
  begin(reason: Error): void {
    this.explain(reason)
    this.schedule()
  }

  stop(): void {
    this.isOver = true
    this.cancel?.()
  }

  private schedule(): void {
    if (!this.isOver) this.cancel = this.parts.clock.schedule(this.parts.delayMs, () => void this.try())
  }

  private async try(): Promise<void> {
    try {
      await this.parts.attempt()
      if (!this.isOver) this.parts.logger.info({}, 'connected to NATS')
    } catch (error) {
      this.explain(error as Error)
      this.schedule()
    }
  }

  private explain({ message }: Error): void {
    if (this.isOver || message === this.said) return
    this.said = message
    this.parts.logger.warn({ reason: message }, 'no peer is reached before NATS is; waiting for it')
  }
}
