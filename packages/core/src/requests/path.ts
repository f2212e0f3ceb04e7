/**
 * Whether a path may name a znode (org.apache.zookeeper.common.PathUtils): absolute, no trailing slash,
 * no empty, `.` or `..` segment, none of the characters that the ZooKeeper data model excludes. Counted in
 * UTF-16 units as Java does, so characters beyond the basic plane are refused through their surrogates.
 */
export function isValidPath(path: string): boolean {
  const length = path.length
  if (length === 0 || path.charCodeAt(0) !== SLASH) return false
  if (length === 1) return true
  if (path.charCodeAt(length - 1) === SLASH) return false
  let segment = 1
  for (let i = 1; i <= length; i++) {
    const unit = i === length ? SLASH : path.charCodeAt(i)
    if (unit === SLASH) {
      const size = i - segment
      if (size === 0) return false
      if (size <= 2 && path.charCodeAt(segment) === DOT && path.charCodeAt(i - 1) === DOT) return false
      segment = i + 1
    } else if (unit < 0x20 || (unit >= 0x7f && isExcluded(unit))) {
      return false
    }
  }
  return true
}

function isExcluded(unit: number): boolean {
  return unit <= 0x9f || (unit >= 0xd800 && unit <= 0xf8ff) || unit >= 0xfff0
}

const SLASH = 0x2f
const DOT = 0x2e

/** The weaker check that comes before a parent is looked up: something to split, and no NUL. */
export function isSplittable(path: string): boolean {
  return path.includes('/') && !path.includes('\0')
}

/** What precedes the last slash; the root for a child of the root. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/')
  return slash <= 0 ? '/' : path.slice(0, slash)
}
