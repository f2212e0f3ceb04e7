import type { Commit } from './history.js'

/** Finds the transaction that a client's request came to. */
export class CommitsByRequest {
  private readonly bySession = new Map<bigint, Map<number, Commit>>()

  add(commit: Commit): void {
    const ofSession = this.bySession.get(commit.session)
    if (ofSession === undefined) this.bySession.set(commit.session, new Map([[commit.cxid, commit]]))
    else ofSession.set(commit.cxid, commit)
  }

  /** @param cxid The request's xid. */
  of(session: bigint, cxid: number): Commit | undefined {
    return this.bySession.get(session)?.get(cxid)
  }
}
