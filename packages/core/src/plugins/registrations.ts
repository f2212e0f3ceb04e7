/** What a plugin does with the container that it is given. */
import { type DependencyContainer, type InjectionToken, Lifecycle } from 'tsyringe'
import { isInWords, PluginError, reasonOf } from './blame.js'

type Factory = (container: DependencyContainer) => unknown

/**
 * The container as `plugin` sees it: it remembers what is registered, and makes one object of each registration. A server
 * closes the very object that it has opened, whichever way a plugin has registered it.
 *
 * @param registered gets each token
 * @param filled seams that something else fills: what is registered for them has no effect
 */
export function registrationsOf(
  plugin: string,
  container: DependencyContainer,
  registered: Set<InjectionToken<unknown>>,
  filled: ReadonlySet<InjectionToken<unknown>> = new Set(),
): DependencyContainer {
  const register = (token: InjectionToken<unknown>, provider: object, options?: object): DependencyContainer => {
    registered.add(token)
    if (filled.has(token)) return seen
    const single = 'useClass' in provider ? { lifecycle: Lifecycle.Singleton } : undefined
    container.register(token, once(plugin, token, provider) as never, (options ?? single) as never)
    return seen
  }
  const seen: DependencyContainer = Object.create(container, { register: { value: register } })
  return seen
}

/** A factory is called once; what it throws without words names the plugin. Everything else is as it was. */
function once(plugin: string, token: InjectionToken<unknown>, provider: unknown): unknown {
  const { useFactory } = (provider ?? {}) as { useFactory?: Factory }
  if (typeof useFactory !== 'function') return provider
  let made: { readonly value: unknown } | { readonly error: unknown } | undefined
  return {
    useFactory: (container: DependencyContainer) => {
      made ??= attempt(() => useFactory(container), plugin, token)
      if ('error' in made) throw made.error
      return made.value
    },
  }
}

function attempt(make: () => unknown, plugin: string, token: InjectionToken<unknown>) {
  try {
    return { value: make() }
  } catch (cause) {
    if (isInWords(cause)) return { error: cause }
    const message = `the plugin "${plugin}" failed while it made its ${tokenName(token)}: ${reasonOf(cause)}`
    return { error: new PluginError(plugin, message, { cause }) }
  }
}

/** `LogStorage` of `Symbol.for('menagerie.LogStorage')`. */
export function tokenName(token: InjectionToken<unknown>): string {
  const text = typeof token === 'symbol' ? (token.description ?? 'a seam') : String(token)
  return text.replace(/^menagerie\./, '')
}
