/** Gives a property of Java by its name, or what stands for it here; undefined where there is none. */
export type JavaProperties = (name: string) => string | undefined

export type ExpandedText =
  | { readonly value: string; readonly problem?: undefined }
  | { readonly value?: undefined; readonly problem: string }

/** `${{...}}` stays as it is, to its end or to that of the text; so does a `${` that nothing closes. */
const reference = /\$\{\{(?:.*?\}\}|.*)|\$\{([^}]*)\}/gs

/**
 * Puts the values of properties in the place of `${NAME}`, as Java does in the values of a JAAS file
 * (sun.security.util.PropertyExpander): once, what comes out is not looked at again.
 */
export function expandProperties(text: string, properties: JavaProperties): ExpandedText {
  if (!text.includes('${')) return { value: text }
  const missing: string[] = []
  const value = text.replace(reference, (all, name: string | undefined) => {
    if (name === undefined) return all
    const found = name === '/' ? (properties('file.separator') ?? '/') : properties(name)
    if (found === undefined) missing.push(name)
    return found ?? ''
  })
  if (missing.length > 0) {
    const expected =
      'expected a key of the configuration (zookeeper.KEY), user.home and the like, or an environment variable'
    return { problem: `\${${missing[0]}} stands for nothing, ${expected}` }
  }
  return value === '' ? { problem: `${text} stands for an empty text` } : { value }
}
