/** A plugin's part in which every method blames the plugin for what it throws. */
import type { DependencyContainer, InjectionToken } from 'tsyringe'
import { blame, fillerOf, PluginError } from './blame.js'

type MethodOf<T> = { [K in keyof T]-?: NonNullable<T[K]> extends (...args: never[]) => unknown ? K : never }[keyof T]

/** What a seam consists of. */
export interface SeamShape<T> {
  /** What each method does, as it follows "failed while": `its log was opened`. */
  readonly methods: { readonly [K in MethodOf<T>]: string }
  /** Those of them that an implementation may leave out. */
  readonly optional: readonly MethodOf<T>[]
  /** Everything else, asked of the part each time. */
  readonly properties: readonly Exclude<keyof T, MethodOf<T>>[]
}

type Fail = (cause: unknown) => unknown

/**
 * The part that fills `token` as the kernel is to use it: what its methods throw, reject with or end an iteration with,
 * without having put it into words, comes out as a {@link PluginError} that names the plugin and what it was at. Parts of the
 * kernel itself are given back as they are.
 */
export function blamed<T extends object>(
  container: DependencyContainer,
  token: InjectionToken<T>,
  part: T,
  { methods, optional, properties }: SeamShape<T>,
): T {
  const plugin = fillerOf(container, token)
  if (plugin === undefined) return part
  const seen = {} as Record<PropertyKey, unknown>
  for (const name of properties) Object.defineProperty(seen, name, { get: () => part[name] })
  for (const [name, doing] of Object.entries(methods) as [MethodOf<T>, string][]) {
    if (part[name] === undefined && optional.includes(name)) continue
    seen[name] = blamedMethod(part, name, cause => blame(plugin, doing, cause), plugin)
  }
  return seen as T
}

function blamedMethod<T extends object>(part: T, name: MethodOf<T>, fail: Fail, plugin: string) {
  const own = part as Record<PropertyKey, unknown>
  return (a: unknown, b: unknown): unknown => {
    const method = own[name]
    if (typeof method !== 'function') {
      throw new PluginError(
        plugin,
        `the plugin "${plugin}" lacks the method ${String(name)}() of its seam; tell its author`,
      )
    }
    try {
      return told(method.call(part, a, b), fail)
    } catch (cause) {
      throw fail(cause)
    }
  }
}

/** Promises and iterations fail later. */
function told(result: unknown, fail: Fail): unknown {
  if (typeof result !== 'object' || result === null) return result
  if (result instanceof Promise) return result.catch(cause => Promise.reject(fail(cause)))
  return Symbol.asyncIterator in result ? iterated(result as AsyncIterable<unknown>, fail) : result
}

async function* iterated(items: AsyncIterable<unknown>, fail: Fail): AsyncGenerator<unknown> {
  try {
    yield* items
  } catch (cause) {
    throw fail(cause)
  }
}
