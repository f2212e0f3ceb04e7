/** Failures of plugins, told with the place where a configuration names them. */
import { ConfigError, type EffectiveConfig, MenagerieError } from '@menagerie/core'
import { describeSystemError } from '../failure.js'
import type { Composition } from './compose.js'

/** A failure that names a plugin, with file, line and key where the configuration names it; anything else as it is. */
export function atItsPlace(
  error: unknown,
  { plugins }: Pick<Composition, 'plugins'>,
  config: EffectiveConfig,
): unknown {
  const { plugin, message } = (error ?? {}) as Partial<Error & { plugin: string }>
  if (typeof plugin !== 'string') return error
  // Named ones come first, in the order of the configuration.
  const use = config.plugins[plugins.findIndex(one => one.plugin.name === plugin)]
  if (use === undefined) return error
  const { file, line, key } = use.origin
  return Object.assign(new ConfigError([{ file, line, key, message: message ?? '' }]), { cause: error })
}

/**
 * What a start ends with, as its user is to read it: also what nobody has put into words, with the plugins that it can
 * have come from.
 */
export function whyNotStarted(error: unknown, composition: Composition, config: EffectiveConfig): unknown {
  const placed = atItsPlace(error, composition, config)
  if (placed instanceof Error && placed.name === 'MenagerieError') return placed
  const names = composition.plugins.map(one => one.plugin.name).join(', ')
  const reason = describeSystemError(error) ?? (error instanceof Error ? error.message : String(error))
  return new MenagerieError(
    'PLUGIN_INVALID',
    `the server could not start, since one of its plugins (${names}) threw: ${reason}. "--log-level debug" shows which; plugins report what can go wrong as MenagerieError`,
    { cause: error },
  )
}
