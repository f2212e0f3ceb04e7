/** No acknowledged write is lost: every server's final tree is what the committed transactions come to. */
import {
  type FinalTree,
  type History,
  isWrite,
  VersionedTree,
  type Violation,
  type ZnodeImage,
} from '../history/index.js'
import { hex, show } from './show.js'

const PROPERTY = 'no acknowledged write is lost'

/** Whether every acknowledged write is among the commits, with what its reply said. */
export function checkDurability(history: History, tree = new VersionedTree(history.commits)): Violation[] {
  const violations: Violation[] = []
  const fail = (message: string): void => void violations.push({ property: PROPERTY, message })
  const acknowledged = history.operations.filter(({ request, reply }) => isWrite(request) && reply !== null)
  const newest = acknowledged.reduce<(typeof acknowledged)[number] | null>(
    (last, write) => (last === null || write.reply!.zxid > last.reply!.zxid ? write : last),
    null,
  )
  for (const final of history.finals) {
    if (newest !== null && newest.reply!.zxid > final.zxid)
      fail(`server ${final.server} ends at zxid ${hex(final.zxid)}, before what was acknowledged: ${show(newest)}`)
    compareToModel(final, tree, fail)
  }
  return violations
}

function compareToModel(final: FinalTree, tree: VersionedTree, fail: (message: string) => void): void {
  const missing = new Set(final.znodes.keys())
  for (const [path, znode] of tree.all(final.zxid)) {
    missing.delete(path)
    const image = final.znodes.get(path)
    if (image === undefined) {
      fail(`server ${final.server} has no ${path} at the end, created by transaction ${hex(znode.czxid)}`)
      continue
    }
    // What every server begins with has stats of its own.
    if (path === '/' || path.startsWith('/zookeeper')) continue
    for (const key of ['data', 'czxid', 'mzxid', 'pzxid', 'version', 'owner'] as const) {
      if (image[key] !== znode[key])
        fail(`server ${final.server} has ${key} ${image[key]} at ${path} at the end, where ${znode[key]} was committed`)
    }
    if (image.cversion !== znode.created)
      fail(
        `server ${final.server} counts ${image.cversion} creates below ${path}, where ${znode.created} were committed`,
      )
  }
  for (const path of missing) fail(`server ${final.server} has ${path} at the end, which no transaction left there`)
}

/** Replicas are identical at the end, down to every field of every znode. */
export function checkReplicas(history: History): Violation[] {
  const violations: Violation[] = []
  const [first, ...others] = history.finals
  for (const other of others) {
    const message = firstDifference(first, other)
    if (message !== null) violations.push({ property: 'replicas are identical at the end', message })
  }
  return violations
}

function firstDifference(a: FinalTree, b: FinalTree): string | null {
  if (a.zxid !== b.zxid)
    return `server ${a.server} ends at zxid ${hex(a.zxid)} and server ${b.server} at ${hex(b.zxid)}`
  for (const path of new Set([...a.znodes.keys(), ...b.znodes.keys()])) {
    const [one, other] = [a.znodes.get(path), b.znodes.get(path)]
    if (one === undefined || other === undefined)
      return `${path} is on server ${one === undefined ? b.server : a.server} only`
    for (const key of Object.keys(one) as (keyof ZnodeImage)[]) {
      if (one[key] !== other[key])
        return `${key} of ${path} is ${one[key]} on server ${a.server} and ${other[key]} on server ${b.server}`
    }
  }
  return null
}
