import type { Operation } from './history.js'

/** Finds the request of a client that a transaction is of. */
export class OperationsByXid {
  private readonly bySession = new Map<bigint, Map<number, Operation>>()

  constructor(operations: Iterable<Operation>) {
    for (const operation of operations) {
      const ofSession = this.bySession.get(operation.session)
      if (ofSession === undefined) this.bySession.set(operation.session, new Map([[operation.xid, operation]]))
      else ofSession.set(operation.xid, operation)
    }
  }

  /** @param cxid of the transaction: the request's xid */
  of(session: bigint, cxid: number): Operation | undefined {
    return this.bySession.get(session)?.get(cxid)
  }
}
