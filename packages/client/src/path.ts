/** Which paths can name a znode. Held against the rules before a request leaves: a mistake shows where it was made. */

const SLASH = 0x2f
const DOT = 0x2e
/** What nearly every path is: told in half the time that looking at each character takes. */
const ORDINARY = /^(?:\/[\w:@-][\w:@.-]*)+$/

/**
 * Why a path can name no znode, as a sentence about it; undefined if it can. The rules are those of Apache's PathUtils:
 * absolute, no slash at its end, no empty, `.` or `..` name, and none of the characters U+0000 to U+001F, U+007F to
 * U+009F, U+D800 to U+F8FF (so none beyond the basic plane) and U+FFF0 to U+FFFF.
 */
export function pathProblem(path: string): string | undefined {
  if (ORDINARY.test(path)) return undefined
  const { length } = path
  if (length === 0) return 'the path is empty: a path must begin with a slash'
  if (path.charCodeAt(0) !== SLASH) return `the path must begin with a slash: write "/${path}"`
  if (length === 1) return undefined
  let name = 1
  for (let i = 1; i <= length; i++) {
    const unit = i === length ? SLASH : path.charCodeAt(i)
    if (unit === SLASH) {
      const size = i - name
      if (size === 0) return i === length ? 'the path must not end with a slash' : 'the path has an empty name in it'
      if (size <= 2 && path.charCodeAt(name) === DOT && path.charCodeAt(i - 1) === DOT) {
        return `the path has the name "${path.slice(name, i)}" in it, which no znode may have`
      }
      name = i + 1
    } else if (unit < 0x20 || (unit >= 0x7f && isExcluded(unit))) {
      const code = unit.toString(16).toUpperCase().padStart(4, '0')
      return `the path has the character U+${code} in it, which no znode's name may have`
    }
  }
  return undefined
}

function isExcluded(unit: number): boolean {
  return unit <= 0x9f || (unit >= 0xd800 && unit <= 0xf8ff) || unit >= 0xfff0
}
