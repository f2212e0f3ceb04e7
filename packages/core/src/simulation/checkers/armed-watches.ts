import { EventType, KeeperCode } from '../../jute/codes.js'
import type { Zxid } from '../../zxid.js'
import type { Change, Operation, SetWatchesRequest, VersionedTree } from '../history/index.js'
import { hex } from './show.js'
import type { WatchedKind, WatchTriggers } from './watch-triggers.js'

interface ArmedWatch {
  readonly kind: WatchedKind
  readonly path: string
  /** What it still has to hear of, in order. Of a watch that is told once, the first is all. */
  expected: readonly Change[]
}

/** The watches of one session as they ought to be on its server, and what they must have been told. */
export class ArmedWatches {
  private readonly armed = new Map<string, ArmedWatch>()
  /** Reconnected, and not yet told that the watches are set again. */
  private returning = false

  constructor(
    private readonly tree: VersionedTree,
    private readonly triggers: WatchTriggers,
    private readonly fail: (message: string) => void,
  ) {}

  /** A reply has come: whatever it shows, its watches must have been told before. */
  replied(operation: Operation): void {
    const reply = operation.reply!
    const { request } = operation
    if (request.kind === 'setWatches') this.setAgain(request, reply.zxid)
    for (const watch of this.armed.values()) {
      const due = watch.expected[0]
      if (due === undefined || due.zxid > reply.zxid) continue
      this.fail(
        `a reply at zxid ${hex(reply.zxid)} came before the event of ${hex(due.zxid)} (type ${due.type}, ${due.path}) for the ${watch.kind} watch on ${watch.path}`,
      )
      // Reported once.
      this.arm(watch.kind, watch.path, reply.zxid)
    }
    const ok = reply.code === KeeperCode.Ok
    if (request.kind === 'addWatch' && ok) {
      this.keep(request.recursive ? 'recursive' : 'persistent', request.path, reply.zxid)
    }
    if (request.kind !== 'getData' && request.kind !== 'exists' && request.kind !== 'getChildren') return
    if (!request.watch) return
    if (!ok && !(request.kind === 'exists' && reply.code === KeeperCode.NoNode)) return
    this.keep(request.kind === 'getChildren' ? 'child' : 'data', request.path, reply.zxid)
  }

  /** An event has come: it belongs to some watch, and ends those that are told once. */
  told(type: number, path: string): void {
    let wanted = false
    for (const [key, watch] of this.armed) {
      const due = watch.expected[0]
      if (due === undefined || due.type !== type || due.path !== path) continue
      wanted = true
      if (watch.kind === 'data' || watch.kind === 'child') this.armed.delete(key)
      else watch.expected = watch.expected.slice(1)
    }
    if (this.returning && !wanted) wanted = this.toldOnReturn(type, path)
    if (!wanted) this.fail(`an event of type ${type} at ${path} that no watch waits for`)
  }

  /**
   * After a reconnect the server tells what has changed by comparing states: of several changes only the outcome
   * shows, so its event need not be that of the first one, nor of any: a znode that was deleted and created again
   * seems to have changed.
   */
  private toldOnReturn(type: number, path: string): boolean {
    let wanted = false
    for (const kind of ['data', 'child'] as const) {
      const watch = this.armed.get(`${kind} ${path}`)
      const fits = type === EventType.NodeDeleted || (type === EventType.NodeChildrenChanged) === (kind === 'child')
      if (watch === undefined || !fits || watch.expected.length === 0) continue
      wanted = true
      this.armed.delete(`${kind} ${path}`)
    }
    return wanted
  }

  /** The client is back on some server. */
  attached(): void {
    this.returning = true
  }

  forget(): void {
    this.armed.clear()
  }

  private keep(kind: WatchedKind, path: string, zxid: Zxid): void {
    if (!this.armed.has(`${kind} ${path}`)) this.arm(kind, path, zxid)
  }

  private arm(kind: WatchedKind, path: string, zxid: Zxid): void {
    this.armed.set(`${kind} ${path}`, { kind, path, expected: this.triggers.after(kind, path, zxid) })
  }

  /** The watches have been set again. Those that are told once and were not told must have had nothing to tell. */
  private setAgain(request: SetWatchesRequest, zxid: Zxid): void {
    this.returning = false
    for (const watch of [...this.armed.values()]) {
      const lost = (what: string): void => {
        this.fail(
          `the ${watch.kind} watch on ${watch.path} was set again at zxid ${hex(zxid)}, and of ${what} since zxid ${hex(request.relativeZxid)} no event came`,
        )
      }
      const znode = this.tree.at(watch.path, zxid)
      if (watch.kind === 'data' && request.exist.includes(watch.path)) {
        if (znode !== null) lost('the creation')
      } else if (watch.kind === 'data') {
        if (znode === null) lost('the deletion')
        else if (znode.mzxid > request.relativeZxid) lost('a change')
      } else if (watch.kind === 'child') {
        if (znode === null) lost('the deletion')
        else if (znode.pzxid > request.relativeZxid) lost('a change of children')
      }
      this.arm(watch.kind, watch.path, zxid)
    }
  }
}
