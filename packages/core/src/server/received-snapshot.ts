import { MenagerieError } from '../errors.js'
import type { Snapshotter } from '../seams/snapshotter.js'
import { DataTree } from '../tree/data-tree.js'
import { SnapshotLoader } from '../tree/snapshot-loader.js'
import type { SnapshotSink } from '../zab/learner/learner-host.js'
import { SNAPSHOT_SIGNATURE } from '../zab/packets/index.js'
import type { Zxid } from '../zxid.js'
import { ChunkPassage } from './chunk-passage.js'
import type { LoadParts } from './load.js'
import type { SnapshotSchedule } from './snapshots.js'

/**
 * How much of a snapshot may have come and not be on the medium. A medium that falls so far behind is not waited for:
 * the tree is written out once it is complete.
 */
const BACKLOG_BYTES_MAX = 32 << 20
/** Znodes that a new store has room for. */
const EXPECTED_AT_FIRST = 1 << 14

export interface ReceivedSnapshotParts {
  readonly load: LoadParts
  readonly snapshotter: Snapshotter
  readonly snapshots: SnapshotSchedule
}

/**
 * A leader's snapshot on its way: a tree is built of it, and the same bytes are written beside that, instead of the tree
 * once more afterwards. They get the name of a snapshot when {@link store} says so and not before: until then what was
 * here holds, and a crash leaves nothing of them.
 *
 * Where the medium holds a later snapshot nothing is written, since that one has to go first ({@link storesMeanwhile}).
 */
export class ReceivedSnapshot implements SnapshotSink {
  readonly tree: DataTree
  private readonly loader: SnapshotLoader
  private readonly body = new ChunkPassage()
  private readonly decided: Promise<boolean>
  private readonly storing: Promise<void>
  /** What has come is not written any more. */
  private givenUp = false
  private expected = EXPECTED_AT_FIRST

  /** @param installed goes over to it, once it is complete */
  constructor(
    private readonly zxid: Zxid,
    private readonly parts: ReceivedSnapshotParts,
    private readonly installed: (snapshot: ReceivedSnapshot) => Promise<void>,
    private readonly backlogBytesMax = BACKLOG_BYTES_MAX,
  ) {
    const { load, snapshots } = parts
    this.tree = new DataTree(load.newStore(), load.options)
    this.tree.lastProcessedZxid = zxid
    this.loader = new SnapshotLoader(this.tree, false)
    let decide: (meanwhile: boolean) => void = () => {}
    this.decided = new Promise(resolve => {
      decide = resolve
    })
    this.storing = snapshots.exclusively(() => this.storeMeanwhile(decide))
    this.storing.catch(() => decide(true)) // met by store
  }

  /** Session timeouts in milliseconds. */
  get sessions(): ReadonlyMap<bigint, number> {
    return new Map(this.loader.sessions)
  }

  push(chunk: Uint8Array): boolean {
    const { loader, body, tree } = this
    const isBody = !loader.bodyComplete
    loader.push(chunk)
    if (isBody) {
      const length = chunk.length - (loader.bodyComplete ? loader.remainder.length : 0)
      body.push(length === chunk.length ? chunk : chunk.subarray(0, length))
    }
    if (body.waitingBytes > this.backlogBytesMax) this.giveUp('the medium is too slow')
    if (tree.store.count > this.expected) {
      this.expected *= 2
      tree.store.expect(this.expected)
    }
    return loader.bodyComplete && loader.remainder.length >= SNAPSHOT_SIGNATURE.length
  }

  async install(): Promise<void> {
    try {
      if (!sameBytes(this.loader.remainder, SNAPSHOT_SIGNATURE)) {
        throw new MenagerieError('ZAB_PROTOCOL', 'the snapshot of the leader does not end with its signature')
      }
      this.loader.finish()
      await this.installed(this)
    } catch (error) {
      // A writing that nobody ends would keep the next snapshot waiting, and the server from stopping.
      await this.abandon()
      throw error
    }
  }

  async abandon(): Promise<void> {
    this.giveUp('the snapshot has not come to its end')
    await this.storing.catch(() => {})
  }

  /** Whether it is being written. False: later snapshots may have to go, and {@link store} does nothing. */
  async storesMeanwhile(): Promise<boolean> {
    return (await this.decided) && !this.givenUp
  }

  /**
   * Ends the writing that is under way; durable once resolved. False: there is none, and the tree is to be written.
   * @throws SNAPSHOT_IO
   */
  async store(): Promise<boolean> {
    if (!(await this.storesMeanwhile())) {
      await this.storing.catch(() => {})
      return false
    }
    this.body.end()
    await this.storing
    return true
  }

  private async storeMeanwhile(decide: (meanwhile: boolean) => void): Promise<void> {
    const { snapshots, snapshotter } = this.parts
    const stored = await snapshotter.list()
    if (stored.some(({ zxid }) => zxid > this.zxid)) {
      this.giveUp('later snapshots have to go first')
      decide(false)
      return
    }
    decide(true)
    await snapshots.store(this.tree, this.body)
  }

  private giveUp(why: string): void {
    this.givenUp = true
    this.body.fail(new Error(why))
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at])
}
