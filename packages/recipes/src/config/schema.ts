/** What a configuration value has to be. */

/**
 * Anything that turns an unknown value into a valid one: a schema of zod or valibot (Standard Schema), an object with
 * `parse`, or a function that throws.
 */
export type Schema<T> =
  | ((value: unknown) => T)
  | { parse(value: unknown): T }
  | { readonly '~standard': { validate(value: unknown): StandardResult<T> | Promise<StandardResult<T>> } }

/** What a Standard Schema says: the valid value, or what is wrong. */
export type StandardResult<T> =
  | { readonly value: T; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string; readonly path?: readonly unknown[] | undefined }[] }

/** What a schema makes of a value. */
export type TypeOf<S> = S extends { parse(value: unknown): infer T }
  ? T
  : S extends { readonly '~standard': { validate(value: unknown): infer R } }
    ? Extract<Awaited<R>, { readonly value: unknown }>['value']
    : S extends (value: unknown) => infer T
      ? T
      : never

/** @throws what the schema throws, or an Error with all its issues */
export async function validate<T>(schema: Schema<T>, value: unknown): Promise<T> {
  if (typeof schema === 'function' && !('~standard' in schema)) return schema(value)
  if ('parse' in schema) return schema.parse(value)
  const result = await (schema as Extract<Schema<T>, { '~standard': unknown }>)['~standard'].validate(value)
  if (result.issues === undefined) return result.value
  throw new Error(result.issues.map(({ message, path }) => describe(message, path)).join('; '))
}

function describe(message: string, path: readonly unknown[] | undefined): string {
  if (path === undefined || path.length === 0) return message
  const keys = path.map(part => (typeof part === 'object' && part !== null && 'key' in part ? part.key : part))
  return `${keys.join('.')}: ${message}`
}
