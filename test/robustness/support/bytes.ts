import { OpCode } from '@menagerie/core/jute'
import * as r from '../../support/requests.js'

/** A valid body for every operation that a client may send, all about `/x`. */
export const VALID_BODIES: ReadonlyMap<string, readonly [opcode: number, body: Uint8Array]> = new Map([
  ['create', [OpCode.create, r.createBody('/x', { data: 'data' })]],
  ['create2', [OpCode.create2, r.createBody('/x', { data: 'data' })]],
  ['createContainer', [OpCode.createContainer, r.createBody('/x', { flags: 4 })]],
  ['createTTL', [OpCode.createTTL, r.createTtlBody('/x', 1000)]],
  ['delete', [OpCode.delete, r.pathVersionBody('/x', 0)]],
  ['deleteContainer', [OpCode.deleteContainer, r.pathBody('/x')]],
  ['exists', [OpCode.exists, r.pathWatchBody('/x', true)]],
  ['getData', [OpCode.getData, r.pathWatchBody('/x', true)]],
  ['setData', [OpCode.setData, r.setDataBody('/x', 'data', 0)]],
  ['getACL', [OpCode.getACL, r.pathBody('/x')]],
  ['setACL', [OpCode.setACL, r.setAclBody('/x', r.OPEN_ACL, 0)]],
  ['getChildren', [OpCode.getChildren, r.pathWatchBody('/x', true)]],
  ['getChildren2', [OpCode.getChildren2, r.pathWatchBody('/x', true)]],
  ['sync', [OpCode.sync, r.pathBody('/x')]],
  ['check', [OpCode.check, r.pathVersionBody('/x', 0)]],
  [
    'multi',
    [OpCode.multi, r.multiBody([r.op.create('/x'), r.op.setData('/x', 'd'), r.op.check('/x', 1), r.op.delete('/x')])],
  ],
  ['multiRead', [OpCode.multiRead, r.multiBody([r.op.getData('/x'), r.op.getChildren('/x')])]],
  ['reconfig', [OpCode.reconfig, r.reconfigBody('server.1=a:1:2', null, null)]],
  ['checkWatches', [OpCode.checkWatches, r.pathModeBody('/x', 3)]],
  ['removeWatches', [OpCode.removeWatches, r.pathModeBody('/x', 3)]],
  ['addWatch', [OpCode.addWatch, r.pathModeBody('/x', 1)]],
  ['auth', [OpCode.auth, r.authBody('digest', 'user:password')]],
  ['sasl', [OpCode.sasl, r.concat(r.int32(3), r.hex('010203'))]],
  [
    'setWatches',
    [
      OpCode.setWatches,
      r.setWatchesBody({ relativeZxid: 0, dataWatches: ['/x'], existWatches: ['/x'], childWatches: ['/x'] }),
    ],
  ],
  [
    'setWatches2',
    [
      OpCode.setWatches2,
      r.setWatches2Body({
        relativeZxid: 0,
        dataWatches: ['/x'],
        existWatches: ['/x'],
        childWatches: ['/x'],
        persistentWatches: ['/x'],
        persistentRecursiveWatches: ['/x'],
      }),
    ],
  ],
  ['getEphemerals', [OpCode.getEphemerals, r.pathBody('/x')]],
  ['getAllChildrenNumber', [OpCode.getAllChildrenNumber, r.pathBody('/x')]],
  ['ping', [OpCode.ping, new Uint8Array(0)]],
  ['whoAmI', [OpCode.whoAmI, new Uint8Array(0)]],
] as const)

/** Numbers from a seed (mulberry32), so that a failure can be had again. */
export class SeededRandom {
  constructor(private state: number) {}

  /** In [0, bound). */
  below(bound: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * bound)
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)]
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.below(256))
  }
}
