import { ClosedLoop } from './closed-loop.js'
import { closeConnections, openConnections } from './connection.js'
import { createFrame, filler } from './frames.js'
import { Latencies } from './latencies.js'
import { check, receivedBy } from './load.js'
import { putDigits, Ring } from './ring.js'
import { difference, type Sample, sample } from './sample.js'

const PER_PARENT = 1000
const PARENT_DIGITS = 5
const CHILD_DIGITS = 9
/** Length, xid, type and the length of the path come first in a create. */
const PATH_AT = 16

/** Hands out znodes `/<top>/00000/000000000` in order, a thousand below each parent. */
export class NodeSequence {
  private next = 0

  /** @param limit how many there are */
  constructor(
    readonly top: string,
    readonly limit: number,
  ) {}

  get parents(): number {
    return Math.ceil(this.limit / PER_PARENT)
  }

  parentPath(index: number): string {
    return `/${this.top}/${String(index).padStart(PARENT_DIGITS, '0')}`
  }

  /** A ring of creates that share this sequence with other rings. */
  ring(slots: number, data: Uint8Array): Ring {
    const frame = createFrame(`${this.parentPath(0)}/${'0'.repeat(CHILD_DIGITS)}`, data)
    const parentAt = PATH_AT + this.top.length + 2
    const childAt = parentAt + PARENT_DIGITS + 1
    const prepare = (bytes: Buffer, at: number) => {
      if (this.next === this.limit) return false
      const index = this.next++
      putDigits(bytes, at + parentAt, PARENT_DIGITS, Math.floor(index / PER_PARENT))
      putDigits(bytes, at + childAt, CHILD_DIGITS, index)
      return true
    }
    return new Ring(Array(slots).fill(frame), new Uint8Array(slots).fill(1), prepare)
  }
}

/** Creates the parents that a sequence needs. */
export async function prepareParents(ports: number | readonly number[], sequence: NodeSequence): Promise<void> {
  const [connection] = await openConnections(ports, 1)
  const none = new Uint8Array(0)
  await connection.must(createFrame(`/${sequence.top}`, none))
  const indexes = Array.from({ length: sequence.parents }, (_, index) => index)
  for (let from = 0; from < indexes.length; from += 500) {
    const batch = indexes.slice(from, from + 500)
    await Promise.all(batch.map(index => connection.must(createFrame(sequence.parentPath(index), none))))
  }
  await connection.close()
}

/** Fills the tree with `count` znodes of 100 bytes through 16 sessions of 32 outstanding creates each. */
export async function bulkLoad(
  ports: number | readonly number[],
  pids: number | readonly number[],
  count: number,
): Promise<Sample> {
  const sequence = new NodeSequence('bulk', count)
  await prepareParents(ports, sequence)
  const connections = await openConnections(ports, 16)
  const unread = new Latencies(1000)
  const data = filler(100)
  const loops = connections.map(connection => new ClosedLoop(connection, sequence.ring(32, data), 32, [unread, unread]))
  try {
    const before = sample(receivedBy(loops), pids)
    for (const loop of loops) loop.start()
    await Promise.all(loops.map(loop => loop.idle()))
    const result = difference(before, sample(receivedBy(loops), pids))
    for (const loop of loops) await loop.stop()
    check(loops)
    if (result.operations !== count) throw new Error(`${result.operations} znodes created instead of ${count}`)
    await closeConnections(connections)
    return result
  } finally {
    for (const connection of connections) connection.destroy()
  }
}
