/** From a file's name to what it comes to. */
import { ConfigDraft, ConfigError, type ConfigFiles, type EffectiveConfig } from '@menagerie/core'
import { systemFiles } from './files.js'

/** Reads a zoo.cfg, or Menagerie's YAML where the name says so. Without a file: {@link defaultConfig}. */
export async function loadConfig(file: string | undefined, files: ConfigFiles = systemFiles): Promise<EffectiveConfig> {
  if (file === undefined) return defaultConfig()
  let text: string | undefined
  try {
    text = files.read(file)
  } catch (error) {
    throw new ConfigError([{ message: (error as Error).message }])
  }
  if (text === undefined) throw new ConfigError([{ message: `there is no file ${file}` }])
  if (isYaml(file)) {
    const { readYaml } = await import('./yaml.js')
    return readYaml(file, text)
  }
  const { readZooCfg } = await import('@menagerie/core')
  return readZooCfg(file, text, files)
}

/** Whether a configuration is Menagerie's own form, by its name. */
export const isYaml = (file: string) => /\.ya?ml$/i.test(file)

/** A standalone server for trying things out: to be reachable from other machines takes a decision, a file. */
export function defaultConfig(): EffectiveConfig {
  const draft = new ConfigDraft(undefined)
  draft.set('storage.dataDir', './data', { source: 'default' })
  draft.set('clients.listen', [{ host: '127.0.0.1', port: 2181 }], { source: 'default' })
  return draft.finish()
}
