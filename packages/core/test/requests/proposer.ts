import {
  HashWatchDispatcher,
  type Identity,
  type LogFields,
  type ServerSettingsInput,
  silentLogger,
} from '@menagerie/core'
import { ManualClock } from '@menagerie/core/contract'
import { createServerAuth } from '../../dist/auth/server-auth.js'
import { serverSettings } from '../../dist/config/settings.js'
import { MetricsRegistry } from '../../dist/monitor/index.js'
import type { Proposal } from '../../dist/requests/proposal.js'
import type { WriteRequest } from '../../dist/requests/write-request.js'
import { Kernel } from '../../dist/server/kernel.js'
import { Session } from '../../dist/sessions/session.js'
import { SessionTracker } from '../../dist/sessions/session-tracker.js'
import type { ApplyResult } from '../../dist/tree/data-tree.js'
import { freshTree } from '../tree/support.js'

export interface Applied {
  readonly proposal: Proposal
  readonly result: ApplyResult
}

/** A kernel whose proposals become durable when the test says so. */
export class Proposer {
  readonly kernel: Kernel
  readonly tree
  readonly queue: Proposal[] = []
  readonly applied: Applied[] = []
  readonly clock = new ManualClock(1_000_000)
  /** Fields and messages of warnings. */
  readonly warnings: (readonly [LogFields, string])[] = []
  private zxid = 0

  constructor(input: ServerSettingsInput = {}) {
    const settings = serverSettings.parse({ extendedTypesEnabled: true, ...input })
    const { tree } = freshTree(settings)
    this.tree = tree
    this.kernel = new Kernel({
      settings,
      tree,
      watches: new HashWatchDispatcher(),
      sessions: new SessionTracker(this.clock, 1000, 1),
      auth: createServerAuth(settings, {
        random: { below: () => 0, bytes: n => new Uint8Array(n) },
        secure: false,
        authenticators: [],
      }),
      clock: this.clock,
      metrics: new MetricsRegistry(),
      logger: { ...silentLogger, warn: (fields, message) => void this.warnings.push([fields, message]) },
    })
    this.kernel.start({ nextZxid: () => ++this.zxid, propose: proposal => void this.queue.push(proposal) })
  }

  session(id: bigint): Session {
    return new Session(id, 4000)
  }

  /** Prepares a request, and gives the code that it was refused with, or 0. */
  propose(request: WriteRequest, session: Session, identities: readonly Identity[] = []): number {
    this.clock.advance(1)
    const origin = {
      committed: (proposal: Proposal, result: ApplyResult) => void this.applied.push({ proposal, result }),
    }
    this.kernel.write(request, session, identities, 1, origin)
    const { txn } = this.queue[this.queue.length - 1]
    return txn.type === -1 ? txn.code : 0
  }

  /** The oldest `count` become durable. */
  deliver(count = this.queue.length): void {
    for (const proposal of this.queue.splice(0, count)) this.kernel.deliver([proposal])
  }

  /** Proposes and delivers. */
  do(request: WriteRequest, session: Session, identities: readonly Identity[] = []): number {
    const code = this.propose(request, session, identities)
    this.deliver()
    return code
  }
}
