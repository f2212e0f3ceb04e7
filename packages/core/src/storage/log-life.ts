import { MenagerieError } from '../errors.js'
import type { Logger } from '../seams/logger.js'

/** Whether a log may be used: from opening to closing, or to the first error of its medium. */
export class LogLife {
  private state: 'new' | 'open' | 'closed' = 'new'
  private failure: MenagerieError | undefined

  /**
   * @param location what messages call the log's place
   * @param reasonOf what messages say of an error of the medium
   */
  constructor(
    private readonly location: string,
    private readonly logger: Logger,
    private readonly reasonOf: (cause: unknown) => string,
  ) {}

  get isNew(): boolean {
    return this.state === 'new'
  }

  get isUsable(): boolean {
    return this.state === 'open' && !this.failure
  }

  get hasFailed(): boolean {
    return this.failure !== undefined
  }

  opened(): void {
    this.state = 'open'
  }

  /** @returns whether it was open */
  closed(): boolean {
    const wasOpen = this.state === 'open'
    this.state = 'closed'
    return wasOpen
  }

  /** @throws LOG_CLOSED, or the LOG_IO that it has failed with */
  check(): void {
    if (!this.isUsable) throw this.unusable()
  }

  unusable(): MenagerieError {
    return this.failure && this.state === 'open'
      ? this.failure
      : new MenagerieError('LOG_CLOSED', 'the log is not open')
  }

  /**
   * After an error what the medium holds is unknown: everything that waits, and whatever comes, fails alike.
   * @param file what failed, where it is not the log itself and may lie on another medium
   */
  fail(cause: unknown, file?: string): MenagerieError {
    if (this.failure) return this.failure
    const reason = this.reasonOf(cause)
    const message =
      file === undefined
        ? `the log in ${this.location} failed and takes nothing more: ${reason}`
        : `${file} could not be written, and the log takes nothing more: ${reason}`
    this.failure = new MenagerieError('LOG_IO', message, { cause })
    this.logger.error({ error: cause }, message)
    return this.failure
  }

  /** Does work on the medium: an error that has no code ends the log. `file`: as for {@link fail}. */
  async guard(work: () => Promise<void>, file?: string): Promise<void> {
    try {
      await work()
    } catch (error) {
      throw error instanceof MenagerieError ? error : this.fail(error, file)
    }
  }
}
