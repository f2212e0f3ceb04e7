import type { Cancel, Clock } from '../../seams/clock.js'

export interface LeaderSilenceOptions {
  readonly clock: Clock
  readonly tickTimeMs: number
}

/** How long a leader has said nothing: looked at twice a tick, until it is too long. */
export class LeaderSilence {
  private lastHeardAt: number
  private cancel: Cancel = () => {}

  constructor(private readonly options: LeaderSilenceOptions) {
    this.lastHeardAt = options.clock.monotonic()
  }

  heard(): void {
    this.lastHeardAt = this.options.clock.monotonic()
  }

  /**
   * @param limitTicks for how many ticks it may say nothing at present
   * @param isBusy what it has said is still being worked on: it need not say more
   * @param tooLong called once
   */
  watch(limitTicks: () => number, isBusy: () => boolean, tooLong: (silentMs: number) => void): void {
    const { clock, tickTimeMs } = this.options
    this.cancel = clock.schedule(tickTimeMs / 2, () => {
      const silentMs = clock.monotonic() - this.lastHeardAt
      if (silentMs <= limitTicks() * tickTimeMs || isBusy()) this.watch(limitTicks, isBusy, tooLong)
      else tooLong(silentMs)
    })
  }

  stop(): void {
    this.cancel()
  }
}
