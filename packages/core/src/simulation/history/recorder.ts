import type { Timeline } from '../time/index.js'
import type { Commit, FinalTree, History, Operation, SessionEntry, ShownConfiguration, WatchEvent } from './history.js'
import type { Reply } from './operations.js'

/** Writes a {@link History} down while it happens. */
export class HistoryRecorder implements History {
  readonly operations: Operation[] = []
  readonly events: WatchEvent[] = []
  readonly sessions: SessionEntry[] = []
  readonly commits: Commit[] = []
  readonly finals: FinalTree[] = []
  readonly held = new Set<bigint>()
  configuration: ShownConfiguration | undefined
  private moment = 0

  constructor(private readonly timeline: Timeline) {}

  began(asked: Pick<Operation, 'client' | 'session' | 'xid' | 'server' | 'connection' | 'request'>): Operation {
    const operation: Operation = {
      client: asked.client,
      session: asked.session,
      xid: asked.xid,
      server: asked.server,
      connection: asked.connection,
      request: asked.request,
      beganAt: ++this.moment,
      beganUs: this.timeline.nowUs,
      endedAt: Number.POSITIVE_INFINITY,
      endedUs: Number.POSITIVE_INFINITY,
      reply: null,
    }
    this.operations.push(operation)
    return operation
  }

  ended(operation: Operation, reply: Reply): void {
    operation.endedAt = ++this.moment
    operation.endedUs = this.timeline.nowUs
    operation.reply = reply
  }

  event(event: Omit<WatchEvent, 'at' | 'atUs'>): void {
    const { client, session, type, path } = event
    this.events.push({ client, session, type, path, at: ++this.moment, atUs: this.timeline.nowUs })
  }

  session(entry: Omit<SessionEntry, 'at' | 'atUs'>): void {
    this.sessions.push({ ...entry, at: ++this.moment, atUs: this.timeline.nowUs })
  }

  commit(commit: Omit<Commit, 'at' | 'atUs'>): void {
    const { zxid, session, cxid, txn } = commit
    this.commits.push({ zxid, session, cxid, txn, at: ++this.moment, atUs: this.timeline.nowUs })
  }
}
