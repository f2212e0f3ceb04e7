import { EventType, KeeperCode } from '../../jute/codes.js'
import type { Zxid } from '../../zxid.js'
import type { Reply, Request, SetWatchesRequest } from '../history/index.js'

/** The watches that a client believes to hold, as real clients keep them to set them again after a reconnect. */
export class HeldWatches {
  private readonly data = new Set<string>()
  private readonly exist = new Set<string>()
  private readonly child = new Set<string>()
  private readonly persistent = new Set<string>()
  private readonly recursive = new Set<string>()

  get isEmpty(): boolean {
    return this.data.size + this.exist.size + this.child.size + this.persistent.size + this.recursive.size === 0
  }

  /** A reply has come: a read with a watch leaves one, and what kind depends on what it found. */
  replied(request: Request, reply: Reply): void {
    if (request.kind === 'addWatch' && reply.code === KeeperCode.Ok) {
      const watches = request.recursive ? this.recursive : this.persistent
      watches.add(request.path)
      return
    }
    if (request.kind !== 'getData' && request.kind !== 'exists' && request.kind !== 'getChildren') return
    if (!request.watch) return
    if (request.kind === 'exists' && reply.code === KeeperCode.NoNode) this.exist.add(request.path)
    if (reply.code !== KeeperCode.Ok) return
    if (request.kind === 'getChildren') this.child.add(request.path)
    else this.data.add(request.path)
  }

  /** An event has come: watches that are told once are gone. */
  fired(type: number, path: string): void {
    switch (type) {
      case EventType.NodeCreated:
      case EventType.NodeDataChanged:
        this.data.delete(path)
        this.exist.delete(path)
        break
      case EventType.NodeChildrenChanged:
        this.child.delete(path)
        break
      case EventType.NodeDeleted:
        this.data.delete(path)
        this.exist.delete(path)
        this.child.delete(path)
    }
  }

  forget(): void {
    for (const watches of [this.data, this.exist, this.child, this.persistent, this.recursive]) watches.clear()
  }

  request(relativeZxid: Zxid): SetWatchesRequest {
    return {
      kind: 'setWatches',
      relativeZxid,
      data: [...this.data],
      exist: [...this.exist],
      child: [...this.child],
      persistent: [...this.persistent],
      recursive: [...this.recursive],
    }
  }
}
