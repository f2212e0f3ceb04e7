import type { ServerAuth } from '../auth/server-auth.js'
import type { ServerSettings } from '../config/settings.js'
import type { ProposalOrigin } from '../requests/proposal.js'
import type { Identity } from '../seams/authenticator.js'
import type { Clock } from '../seams/clock.js'
import type { Logger } from '../seams/logger.js'
import type { Metrics } from '../seams/metrics.js'
import type { WatchDispatcher } from '../seams/watch-dispatcher.js'
import type { SessionTracker } from '../sessions/session-tracker.js'
import type { DataTree } from '../tree/data-tree.js'

/** What comes with a write of a client. */
export interface ClientWrite {
  readonly identities: readonly Identity[]
  readonly cxid: number
  readonly origin: ProposalOrigin
  /** The request's record, for a leader elsewhere; may be a view. */
  readonly body: Uint8Array
}

/** Gives the answer to a four-letter word; undefined closes without one. */
export interface WordAnswerer {
  /** Whether these four letters are a word, enabled or not. */
  isWord(word: string): boolean
  answer(word: string, argument: Uint8Array): string | Promise<string> | undefined
}

export interface KernelParts {
  readonly settings: ServerSettings
  readonly tree: DataTree
  readonly watches: WatchDispatcher
  readonly sessions: SessionTracker
  readonly auth: ServerAuth
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
}
