import type { NodeId } from '../../seams/znode-store.js'

/** What applying a transaction gave, for the reply: only what its kind of reply needs is there. */
export interface ApplyResult {
  readonly type: number
  readonly code: number
  readonly path: string
  /** The znode as it is right after, or 0. */
  readonly node: NodeId
  readonly results?: readonly ApplyResult[]
  /** The Stat in jute right after this operation: of parts of a multi, which later parts may change again. */
  readonly stat?: Uint8Array
}
