import type { Stat } from '../../jute/records.js'
import type { Zxid } from '../../zxid.js'

/** How a workload asks for a znode to be created. */
export type CreateKind = 'persistent' | 'ephemeral' | 'persistentSequential' | 'ephemeralSequential'

/** Creates a znode, with the default ACL. */
export interface CreateRequest {
  readonly kind: 'create'
  readonly path: string
  readonly data: string
  readonly mode: CreateKind
}

/** Sets the data of a znode; version -1 is any. */
export interface SetDataRequest {
  readonly kind: 'setData'
  readonly path: string
  readonly data: string
  readonly version: number
}

/** Deletes a znode; version -1 is any. */
export interface DeleteRequest {
  readonly kind: 'delete'
  readonly path: string
  readonly version: number
}

/** Checks the version of a znode, within a multi. */
export interface CheckRequest {
  readonly kind: 'check'
  readonly path: string
  readonly version: number
}

/** What may be in a multi. */
export type MultiPart = CreateRequest | SetDataRequest | DeleteRequest | CheckRequest

/** Several writes, all or none. */
export interface MultiRequest {
  readonly kind: 'multi'
  readonly parts: readonly MultiPart[]
}

/** A read that may leave a watch: of a znode's data, of its existence, of its children. */
export interface ReadRequest {
  readonly kind: 'getData' | 'exists' | 'getChildren'
  readonly path: string
  readonly watch: boolean
}

/** Sets a persistent watch. */
export interface AddWatchRequest {
  readonly kind: 'addWatch'
  readonly path: string
  readonly recursive: boolean
}

/** What a client says after it has reconnected, of the watches that it holds. */
export interface SetWatchesRequest {
  readonly kind: 'setWatches'
  readonly relativeZxid: Zxid
  readonly data: readonly string[]
  readonly exist: readonly string[]
  readonly child: readonly string[]
  readonly persistent: readonly string[]
  readonly recursive: readonly string[]
}

/** See ReconfigRequest: what is not wanted is null, and -1 stands for any version. */
export interface ReconfigRequest {
  readonly kind: 'reconfig'
  readonly joiningServers: string | null
  readonly leavingServers: string | null
  readonly newMembers: string | null
  readonly curConfigId: number
}

/** Requests that make a transaction. */
export type WriteRequest =
  | CreateRequest
  | SetDataRequest
  | DeleteRequest
  | MultiRequest
  | ReconfigRequest
  | { readonly kind: 'close' }
/** Whatever a simulated client asks for. */
export type Request =
  | WriteRequest
  | ReadRequest
  | AddWatchRequest
  | SetWatchesRequest
  | { readonly kind: 'sync'; readonly path: string }
  | { readonly kind: 'ping' }

/** What a reply said. What its kind of request does not give is left out. */
export interface Reply {
  readonly code: number
  readonly zxid: Zxid
  readonly path?: string
  readonly data?: string
  readonly children?: readonly string[]
  readonly stat?: Stat
  readonly results?: readonly Reply[]
}

/** Whether a request makes a transaction. */
export function isWrite(request: Request): request is WriteRequest {
  switch (request.kind) {
    case 'create':
    case 'setData':
    case 'delete':
    case 'multi':
    case 'reconfig':
    case 'close':
      return true
    default:
      return false
  }
}
