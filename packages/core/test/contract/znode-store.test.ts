/** The store's kit on the default store, and on broken ones that it must catch. */
import { znodeStoreContract } from '@menagerie/core/contract'
import t from 'tap'
import type { NodeId, RemovalObserver } from '../../dist/seams/index.js'
import { CompactStore } from '../../dist/tree/compact-store.js'
import { failures } from './failures.js'

t.test('CompactStore', async t => {
  znodeStoreContract(
    (name, body) => void t.test(name, body),
    seed => new CompactStore(seed),
  )
})

const mutants: Record<string, new (seed: number) => CompactStore> = {
  'looks for a path from the start of the array': class extends CompactStore {
    override find(path: Uint8Array, _start: number, end: number): NodeId {
      return super.find(path, 0, end)
    }
  },
  'finds a child anywhere below the root': class extends CompactStore {
    override findChild(parent: NodeId, name: Uint8Array, start: number, end: number): NodeId {
      return super.findChild(parent, name, start, end) || super.findChild(this.root, name, start, end)
    }
  },
  'takes null data for empty': class extends CompactStore {
    override create(parent: NodeId, name: Uint8Array, start: number, end: number, data: Uint8Array | null): NodeId {
      return super.create(parent, name, start, end, data ?? new Uint8Array(0))
    }
  },
  'takes data from the start of the array': class extends CompactStore {
    override createFrom(
      parent: NodeId,
      name: Uint8Array,
      start: number,
      end: number,
      data: Uint8Array,
      _dataStart: number,
      dataLength: number,
    ): NodeId {
      return super.createFrom(parent, name, start, end, data, 0, dataLength)
    }
  },
  'cuts data at 64 KiB': class extends CompactStore {
    override setData(node: NodeId, data: Uint8Array | null): void {
      super.setData(node, data === null ? null : data.subarray(0, 65_536))
    }
  },
  'keeps old data where it should be null': class extends CompactStore {
    override setData(node: NodeId, data: Uint8Array | null): void {
      if (data !== null) super.setData(node, data)
    }
  },
  'keeps 32 bits of a zxid': class extends CompactStore {
    override setMzxid(node: NodeId, zxid: number): void {
      super.setMzxid(node, zxid >>> 0)
    }
  },
  'gives versions without a sign': class extends CompactStore {
    override version(node: NodeId): number {
      return super.version(node) >>> 0
    }
  },
  'gives digests with a sign': class extends CompactStore {
    override digest(node: NodeId): number {
      return super.digest(node) | 0
    }
  },
  'turns the halves of the owner round': class extends CompactStore {
    override setOwner(node: NodeId, high: number, low: number): void {
      super.setOwner(node, low, high)
    }
  },
  'tells observers after the removal': class extends CompactStore {
    private readonly late = new Set<RemovalObserver>()
    override observeRemovals(observer: RemovalObserver): () => void {
      this.late.add(observer)
      return () => this.late.delete(observer)
    }
    override remove(node: NodeId): void {
      super.remove(node)
      for (const observer of this.late) observer.removing(node)
    }
  },
  'goes on telling an observer that has ended': class extends CompactStore {
    override observeRemovals(observer: RemovalObserver): () => void {
      super.observeRemovals(observer)
      return () => {}
    }
  },
  'forgets to count a removal': class extends CompactStore {
    private removed = 0
    override get count(): number {
      return super.count + this.removed
    }
    override remove(node: NodeId): void {
      super.remove(node)
      this.removed++
    }
  },
  'leaves data out of dataBytes when it is set': class extends CompactStore {
    private missing = 0
    override get dataBytes(): number {
      return super.dataBytes - this.missing
    }
    override setData(node: NodeId, data: Uint8Array | null): void {
      const before = super.dataBytes
      super.setData(node, data)
      this.missing += super.dataBytes - before
    }
  },
  'takes expect for a promise': class extends CompactStore {
    private limit = Number.POSITIVE_INFINITY
    override expect(nodes: number): void {
      super.expect(nodes)
      this.limit = nodes + 1
    }
    override find(path: Uint8Array, start: number, end: number): NodeId {
      const node = super.find(path, start, end)
      return node > this.limit ? 0 : node
    }
  },
  'drops the last of several siblings': class extends CompactStore {
    override nextSibling(node: NodeId): NodeId {
      const next = super.nextSibling(node)
      return next !== 0 && super.nextSibling(next) === 0 ? 0 : next
    }
  },
  'crashes at a handle whose znode is gone': class extends CompactStore {
    private readonly gone = new Set<NodeId>()
    override createFrom(...all: Parameters<CompactStore['createFrom']>): NodeId {
      const node = super.createFrom(...all)
      this.gone.delete(node)
      return node
    }
    override remove(node: NodeId): void {
      super.remove(node)
      this.gone.add(node)
    }
    override pathOf(node: NodeId): string {
      if (this.gone.has(node)) throw new Error('no such znode')
      return super.pathOf(node)
    }
  },
  'leaves the fields of an earlier znode in a reused handle': class extends CompactStore {
    private readonly left = new Map<NodeId, number>()
    override remove(node: NodeId): void {
      this.left.set(node, this.version(node))
      super.remove(node)
    }
    override createFrom(...all: Parameters<CompactStore['createFrom']>): NodeId {
      const node = super.createFrom(...all)
      this.setVersion(node, this.left.get(node) ?? 0)
      return node
    }
  },
  'behaves otherwise with some seeds': class extends CompactStore {
    constructor(private readonly own: number) {
      super(own)
    }
    override get dataBytes(): number {
      return super.dataBytes + (this.own === 1 ? 1 : 0)
    }
  },
}

t.test('the kit catches a store that', async t => {
  for (const [name, Mutant] of Object.entries(mutants)) {
    const failed = await failures(test => znodeStoreContract(test, seed => new Mutant(seed)))
    t.ok(failed.length > 0, name)
  }
})
