/** Passwords and what proves an identity stay out of every report. */

export const HIDDEN = '(set, not shown)'

const SECRET = /password|passphrase|secret|token/i

/** Whether what stands at a key, or below it, may be a password. */
export function isSecretKey(key: PropertyKey): boolean {
  return key === 'saslUsers' || key === 'superDigest' || SECRET.test(String(key))
}

/** The value as reports show it: of users only their names, of passwords only that there are any. */
export function withoutSecrets(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/(\/\/[^\s/:@]+):[^\s/@]+@/g, `$1:${HIDDEN}@`)
  if (Array.isArray(value)) return value.map(withoutSecrets)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .map(([name, inner]) => [name, shown(name, inner)]),
  )
}

function shown(name: string, value: unknown): unknown {
  if (SECRET.test(name)) return HIDDEN
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value)
  return name === 'users' && isMap ? Object.keys(value) : withoutSecrets(value)
}
