import type { DependencyContainer, InjectionToken } from 'tsyringe'
import type { z } from 'zod'

/**
 * A package that puts implementations into seams. What a plugin module exports (by default or under
 * any name), and what `use:` in a configuration leads to.
 */
export interface PluginDefinition<Options = unknown> {
  /** The plugin's own name, as messages show it. */
  readonly name: string
  /** The range of kernel versions that it works with, such as `^0.1.0`. */
  readonly core: string
  /** The seams that it fills. Two plugins for one seam of a single server are refused. */
  readonly provides: readonly InjectionToken<unknown>[]
  /** Validates `with:` and fills in defaults; each option is described in the schema. */
  readonly options: z.ZodType<Options>
  /** Plugins that fill seams which this one needs, unless something else of the server fills them. */
  readonly defaults?: readonly ConfiguredPlugin[]
  /** Registers factories. Opens nothing: the server starts and stops what it resolved, in its own order. */
  register(container: DependencyContainer, options: Options): void
}

/** A plugin with its options already given: what an embedding program passes to a server. */
export interface ConfiguredPlugin {
  readonly plugin: PluginDefinition
  readonly options: unknown
}

/**
 * Declares a plugin. The result is both the definition and a function that pairs it with options:
 * `plugins: [storageFile({ dataDir: './data' })]`.
 */
export function definePlugin<Schema extends z.ZodType>(
  definition: Omit<PluginDefinition<z.output<Schema>>, 'options'> & { readonly options: Schema },
): PluginDefinition<z.output<Schema>> & ((options?: z.input<Schema>) => ConfiguredPlugin) {
  const configure = (options: unknown = {}): ConfiguredPlugin => ({
    plugin: definition as unknown as PluginDefinition,
    options,
  })
  const { name, ...rest } = definition
  Object.defineProperty(configure, 'name', { value: name })
  return Object.assign(configure, rest) as unknown as PluginDefinition<z.output<Schema>> &
    ((options?: z.input<Schema>) => ConfiguredPlugin)
}
