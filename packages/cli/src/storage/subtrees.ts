import type { StoredState } from '@menagerie/core'

/** What is at a path and below it. */
export interface Subtree {
  readonly path: string
  readonly znodes: number
  /** Bytes of data. */
  readonly bytes: number
}

/**
 * Sizes of all subtrees whose root is at most `depth` levels below `/`, each with everything below it, the largest
 * first within their parent. With `most`, only that many children of each.
 */
export function subtrees(state: StoredState, depth: number, most = Number.POSITIVE_INFINITY): Subtree[] {
  const sums = new Map<string, { znodes: number; bytes: number }>()
  state.forEachZnode((path, bytes) => {
    for (const ancestor of ancestors(path, depth)) {
      const sum = sums.get(ancestor)
      if (sum) {
        sum.znodes++
        sum.bytes += bytes
      } else {
        sums.set(ancestor, { znodes: 1, bytes })
      }
    }
  })
  return inOrder(
    [...sums].map(([path, sum]) => ({ path, ...sum })),
    most,
  )
}

/** The path itself and what is above it, as far as it is at most `depth` levels deep. */
function ancestors(path: string, depth: number): string[] {
  const found = ['/']
  if (path === '/') return found
  let end = 0
  for (let level = 1; level <= depth; level++) {
    end = path.indexOf('/', end + 1)
    if (end < 0) {
      found.push(path)
      break
    }
    found.push(path.slice(0, end))
  }
  return found
}

function inOrder(all: readonly Subtree[], most: number): Subtree[] {
  const children = new Map<string, Subtree[]>()
  for (const subtree of all) {
    if (subtree.path === '/') continue
    const parent = subtree.path.slice(0, subtree.path.lastIndexOf('/')) || '/'
    const siblings = children.get(parent)
    if (siblings) siblings.push(subtree)
    else children.set(parent, [subtree])
  }
  const ordered: Subtree[] = []
  const visit = (subtree: Subtree): void => {
    ordered.push(subtree)
    const below = (children.get(subtree.path) ?? []).sort((a, b) => b.bytes - a.bytes || b.znodes - a.znodes)
    for (const child of below.slice(0, most)) visit(child)
  }
  const root = all.find(({ path }) => path === '/')
  if (root) visit(root)
  return ordered
}
