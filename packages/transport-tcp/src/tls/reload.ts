import type { SecureContextOptions } from 'node:tls'
import { isDeepStrictEqual } from 'node:util'
import type { Cancel, Clock, Logger } from '@menagerie/core'
import { loadCredentials } from './credentials.js'
import type { TlsOptions } from './options.js'

/** Between two looks at the files. They are read rather than watched: mounted secrets change by symlink. */
const RELOAD_INTERVAL_MS = 10_000

/** Reads the key and certificate files again and again and tells `changed` when they hold something new. */
export class CredentialReloader {
  private cancel: Cancel | undefined
  private stopped = false
  private lastProblem: string | undefined
  private present: SecureContextOptions

  constructor(
    private readonly options: TlsOptions,
    private readonly clock: Clock,
    private readonly logger: Logger,
    initial: SecureContextOptions,
    private readonly changed: (credentials: SecureContextOptions) => void,
  ) {
    this.present = initial
    this.schedule()
  }

  stop(): void {
    this.stopped = true
    this.cancel?.()
  }

  private schedule(): void {
    this.cancel = this.clock.schedule(RELOAD_INTERVAL_MS, () => void this.look())
  }

  private async look(): Promise<void> {
    try {
      const credentials = await loadCredentials(this.options)
      if (this.stopped) return
      this.lastProblem = undefined
      if (!isDeepStrictEqual(credentials, this.present)) {
        this.present = credentials
        this.changed(credentials)
        this.logger.info({}, 'new keys and certificates are in use for new connections')
      }
    } catch (error) {
      // Half-written files are the normal case of this; the next look finds them complete.
      const { message } = error as Error
      if (message !== this.lastProblem)
        this.logger.error({ err: error }, `the keys and certificates in use stay, the new ones are wrong: ${message}`)
      this.lastProblem = message
    }
    if (!this.stopped) this.schedule()
  }
}
