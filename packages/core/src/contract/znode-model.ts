/** A {@link ZnodeStore} beside a plain Map that is told the same: what the store's test kit compares with. */
import { encodeUtf8 } from '../jute/utf8.js'
import { NO_NODE, type NodeId, type ZnodeStore } from '../seams/index.js'
import { expect, expectEqual } from './harness.js'
import type { SeededChoice } from './seeded-choice.js'

export interface ModelNode {
  readonly handle: NodeId
  data: Uint8Array | null
  readonly children: Set<string>
}

/** Lengths of data on both sides of likely block sizes, the last ones beyond 64 KiB. */
const LENGTHS = [0, 1, 7, 15, 16, 17, 47, 48, 49, 255, 1023, 1024, 1025, 4097, 65_535, 65_536, 65_537, 70_001]

/** Null now and then, small as a rule, seldom large. */
function randomData(choice: SeededChoice): Uint8Array | null {
  if (choice.below(8) === 0) return null
  return choice.bytes(choice.below(30) === 0 ? choice.pick(LENGTHS) : choice.below(64))
}

export function nameOf(store: ZnodeStore, node: NodeId): Uint8Array {
  const name = new Uint8Array(store.nameLength(node))
  expectEqual(store.copyName(node, name, 0), name.length, 'end offset of the name')
  return name
}

/** Data as the store gives it, copied into the middle of an array whose rest must stay as it was. */
export function dataOf(store: ZnodeStore, node: NodeId): Uint8Array | null {
  const length = store.dataLength(node)
  const held = Math.max(length, 0)
  const target = new Uint8Array(held + 6).fill(0xee)
  expectEqual(store.copyData(node, target, 3), 3 + held, 'end offset of the data')
  const around = [...target.subarray(0, 3), ...target.subarray(3 + held)]
  expect(
    around.every(byte => byte === 0xee),
    'copyData writes beside its range',
  )
  return length === -1 ? null : target.slice(3, 3 + held)
}

export function sameBytes(a: Uint8Array | null, b: Uint8Array | null): boolean {
  if (a === null || b === null) return a === b
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}

export function childrenOf(store: ZnodeStore, node: NodeId): NodeId[] {
  const children: NodeId[] = []
  for (let child = store.firstChild(node); child !== NO_NODE; child = store.nextSibling(child)) {
    children.push(child)
    expect(children.length <= store.childCount(node), `a list of children is longer than childCount of ${node}`)
  }
  return children
}

export class ModelledStore {
  readonly nodes = new Map<string, ModelNode>()

  constructor(readonly store: ZnodeStore) {
    this.nodes.set('/', { handle: store.root, data: new Uint8Array(0), children: new Set() })
  }

  get paths(): string[] {
    return [...this.nodes.keys()]
  }

  find(path: string): NodeId {
    const bytes = encodeUtf8(`/z${path}/z`)
    return this.store.find(bytes, 2, bytes.length - 2)
  }

  /** Nothing if there is such a child. */
  create(parent: string, name: string, data: Uint8Array | null): void {
    const above = this.nodes.get(parent)!
    if (above.children.has(name)) return
    const bytes = encodeUtf8(`-${name}-`)
    const handle = this.store.create(above.handle, bytes, 1, bytes.length - 1, data)
    expect(handle > 0 && Number.isSafeInteger(handle), `the handle ${handle} is not a positive whole number`)
    for (const [path, node] of this.nodes) expect(node.handle !== handle, `the handle of ${path} was given twice`)
    above.children.add(name)
    this.nodes.set(below(parent, name), { handle, data, children: new Set() })
  }

  /** Nothing for the root, or with children. */
  remove(path: string): void {
    const node = this.nodes.get(path)!
    if (path === '/' || node.children.size > 0) return
    this.store.remove(node.handle)
    const slash = path.lastIndexOf('/')
    this.nodes.get(path.slice(0, slash) || '/')!.children.delete(path.slice(slash + 1))
    this.nodes.delete(path)
  }

  setData(path: string, data: Uint8Array | null): void {
    const node = this.nodes.get(path)!
    this.store.setData(node.handle, data)
    node.data = data
  }

  randomStep(choice: SeededChoice): void {
    const path = choice.pick(this.paths)
    const step = choice.below(10)
    if (step < 5)
      this.create(path, choice.pick(['a', 'b', 'ä', 'lock-', 'n\u{1f600}']) + choice.below(12), randomData(choice))
    else if (step < 8) this.remove(path)
    else this.setData(path, randomData(choice))
  }

  /** @throws ContractViolation that names the first difference. */
  compare(): void {
    const { store, nodes } = this
    expectEqual(store.count, nodes.size, 'count')
    for (const [path, node] of nodes) {
      const { handle } = node
      expectEqual(this.find(path), handle, `find of ${path}`)
      expectEqual(store.pathOf(handle), path, 'pathOf')
      expect(sameBytes(dataOf(store, handle), node.data), `data of ${path} differs`)
      const children = [...node.children].sort()
      expectEqual(store.childCount(handle), children.length, `childCount of ${path}`)
      const found = childrenOf(store, handle)
      const handles = children.map(name => nodes.get(below(path, name))!.handle)
      expectEqual([...found].sort(byNumber), handles.sort(byNumber), `children of ${path}`)
      for (const child of found) {
        expectEqual(store.parentOf(child), handle, `parent of a child of ${path}`)
        const name = nameOf(store, child)
        expectEqual(store.findChild(handle, name, 0, name.length), child, `findChild below ${path}`)
      }
    }
  }
}

const byNumber = (a: number, b: number) => a - b

function below(parent: string, name: string): string {
  return parent === '/' ? `/${name}` : `${parent}/${name}`
}
