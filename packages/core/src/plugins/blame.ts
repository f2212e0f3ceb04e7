/** Which plugin something went wrong in: whoever assembled a server of several wants to hear its name. */
import type { DependencyContainer, InjectionToken } from 'tsyringe'
import { MenagerieError } from '../errors.js'

/** PLUGIN_INVALID about one plugin, by its own name, so that its place in a configuration can be found. */
export class PluginError extends MenagerieError {
  constructor(
    readonly plugin: string,
    message: string,
    options?: { cause?: unknown },
  ) {
    super('PLUGIN_INVALID', message, options)
  }
}

/** Under this token a composed container knows which plugin fills which seam. */
export const FILLED_BY: InjectionToken<ReadonlyMap<InjectionToken<unknown>, string>> =
  Symbol.for('menagerie.internal.FilledBy')

/** What was thrown, as a part of a sentence: plugins throw anything. */
export const reasonOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown))

/** A failure that its thrower has put into words. By its shape: a plugin may bring a second copy of the class. */
export const isInWords = (thrown: unknown): boolean => thrown instanceof Error && thrown.name === 'MenagerieError'

/** What was thrown as a {@link PluginError} of the plugin, unless it has put the failure into words itself. */
export const blame = (plugin: string, doing: string, cause: unknown): unknown =>
  isInWords(cause)
    ? cause
    : new PluginError(plugin, `the plugin "${plugin}" failed while ${doing}: ${reasonOf(cause)}`, { cause })

/** Undefined where the kernel fills the seam itself, or nothing does. */
export const fillerOf = (container: DependencyContainer, token: InjectionToken<unknown>): string | undefined =>
  container.isRegistered(FILLED_BY, true)
    ? container.resolve<ReadonlyMap<InjectionToken<unknown>, string>>(FILLED_BY).get(token)
    : undefined

/**
 * Takes a step that is for whatever fills `token`. What it throws without having put it into words comes out as a
 * {@link PluginError} that names the plugin; the kernel's own failures, and those of seams that it fills itself, stay
 * as they are.
 *
 * @param doing what the step is, as it follows "failed while": `its log was opened`
 */
export async function blaming<T>(
  container: DependencyContainer,
  token: InjectionToken<unknown>,
  doing: string,
  step: () => Promise<T>,
): Promise<T> {
  try {
    return await step()
  } catch (cause) {
    const plugin = fillerOf(container, token)
    throw plugin === undefined ? cause : blame(plugin, doing, cause)
  }
}

/** The same for a step that is over at once. */
export function blamingNow<T>(
  container: DependencyContainer,
  token: InjectionToken<unknown>,
  doing: string,
  step: () => T,
): T {
  try {
    return step()
  } catch (cause) {
    const plugin = fillerOf(container, token)
    throw plugin === undefined ? cause : blame(plugin, doing, cause)
  }
}
