import { KeeperCode } from '../../jute/codes.js'
import type { Zxid } from '../../zxid.js'
import {
  type CreateRequest,
  type ModelZnode,
  type MultiPart,
  parentOf,
  type ReconfigRequest,
  type VersionedTree,
  type WriteRequest,
} from '../history/index.js'

/** What a write must come to: its code, and for creates the path. */
export interface ExpectedOutcome {
  readonly code: number
  readonly path?: string
  /** Of a multi: what each part must come to. */
  readonly parts?: readonly ExpectedOutcome[]
}

/** What a write that was given the transaction `zxid` must come to, from the state right before. */
export function expectedOutcome(
  request: Exclude<WriteRequest, ReconfigRequest>,
  tree: VersionedTree,
  zxid: Zxid,
): ExpectedOutcome {
  if (request.kind === 'close') return { code: KeeperCode.Ok }
  const state = new Overlay(tree, zxid - 1)
  if (request.kind !== 'multi') return state.perform(request)
  const parts: ExpectedOutcome[] = []
  for (const part of request.parts) {
    const outcome = state.perform(part)
    parts.push(outcome)
    if (outcome.code !== KeeperCode.Ok) {
      // Those before are answered as undone (0), those behind as not tried (-2).
      const failed = request.parts.map((_, at) => {
        if (at === parts.length - 1) return outcome
        return { code: at < parts.length - 1 ? KeeperCode.Ok : KeeperCode.RuntimeInconsistency }
      })
      // The header of a multi says nothing of its parts.
      return { code: KeeperCode.Ok, parts: failed }
    }
  }
  return { code: KeeperCode.Ok, parts }
}

type Shape = Pick<ModelZnode, 'version' | 'created' | 'owner'> & { readonly childCount: number }

/** The state before a transaction, with what earlier parts of a multi have changed. */
class Overlay {
  private readonly changed = new Map<string, Shape | null>()

  constructor(
    private readonly tree: VersionedTree,
    private readonly zxid: Zxid,
  ) {}

  perform(part: MultiPart): ExpectedOutcome {
    if (part.kind === 'create') return this.create(part)
    const znode = this.find(part.path)
    if (znode === null) return { code: KeeperCode.NoNode }
    if (part.version !== -1 && part.version !== znode.version) return { code: KeeperCode.BadVersion }
    if (part.kind === 'setData') this.changed.set(part.path, { ...znode, version: znode.version + 1 })
    if (part.kind !== 'delete') return { code: KeeperCode.Ok }
    if (znode.childCount > 0) return { code: KeeperCode.NotEmpty }
    this.changed.set(part.path, null)
    const parent = this.find(parentOf(part.path))!
    this.changed.set(parentOf(part.path), { ...parent, childCount: parent.childCount - 1 })
    return { code: KeeperCode.Ok }
  }

  private create(request: CreateRequest): ExpectedOutcome {
    const parentPath = parentOf(request.path)
    const parent = this.find(parentPath)
    if (parent === null) return { code: KeeperCode.NoNode }
    const sequential = request.mode === 'persistentSequential' || request.mode === 'ephemeralSequential'
    const path = sequential ? request.path + String(parent.created).padStart(10, '0') : request.path
    if (this.find(path) !== null) return { code: KeeperCode.NodeExists }
    if (parent.owner !== 0n) return { code: KeeperCode.NoChildrenForEphemerals }
    const ephemeral = request.mode === 'ephemeral' || request.mode === 'ephemeralSequential'
    this.changed.set(path, { version: 0, created: 0, owner: ephemeral ? 1n : 0n, childCount: 0 })
    this.changed.set(parentPath, { ...parent, created: parent.created + 1, childCount: parent.childCount + 1 })
    return { code: KeeperCode.Ok, path }
  }

  private find(path: string): Shape | null {
    const changed = this.changed.get(path)
    if (changed !== undefined) return changed
    const znode = this.tree.at(path, this.zxid)
    if (znode === null) return null
    return { version: znode.version, created: znode.created, owner: znode.owner, childCount: znode.children.length }
  }
}
