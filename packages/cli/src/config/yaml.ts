/**
 * Reads Menagerie's own configuration:
 *
 *     server: { id: 1, clients: { listen: 127.0.0.1:2181 }, tickTimeMs: 2000 }
 *     plugins:
 *       - use: "@menagerie/storage-file"
 *         with: { dataDir: ./data }
 *
 * Below `server` are the kernel's settings by their own names. What a plugin takes in `with` is for the
 * plugin to check: this reader only remembers the lines.
 */
import { ConfigDraft, type EffectiveConfig, nearest, serverSettings } from '@menagerie/core'
import type { z } from 'zod'
import { takeClients } from './yaml-clients.js'
import { takeQuorum } from './yaml-quorum.js'
import { takeServers } from './yaml-servers.js'
import { YamlSource } from './yaml-source.js'

const topLevel = ['server', 'plugins', 'ensemble', 'quorum']

/** @throws ConfigError with everything that is wrong in the file */
export function readYaml(file: string, text: string): EffectiveConfig {
  const draft = new ConfigDraft(file)
  draft.set('storage.dataDir', './data', { source: 'default' })
  const source = new YamlSource(file, text, draft.problems)
  if (draft.problems.length > 0) return draft.finish()
  const root = source.map([], `a map with ${topLevel.join(', ')}`)
  for (const key of Object.keys(root)) if (!topLevel.includes(key)) unknown(source, [key], topLevel)
  if (Object.keys(root).length === 0 && draft.problems.length === 0) {
    draft.warnings.push({ file, message: 'nothing is set: this is a standalone server with all defaults' })
  }
  if ('server' in root) takeServer(source, draft)
  if (!draft.get('clients.listen') && !draft.get('clients.secureListen')) {
    draft.set('clients.listen', [{ host: '127.0.0.1', port: 2181 }], { source: 'default' })
  }
  if ('plugins' in root) takePlugins(source, draft)
  if ('ensemble' in root) takeServers(source, draft)
  if ('quorum' in root) draft.ensemble = takeQuorum(source, draft, draft.ensemble)
  return draft.finish()
}

function unknown(source: YamlSource, path: readonly PropertyKey[], known: readonly string[]): void {
  const guess = nearest(String(path.at(-1)), known)
  const others = known.length > 10 ? 'docs/configuration.md lists all' : `there are ${known.join(', ')}`
  source.report(path, `unknown key; ${guess === undefined ? others : `did you mean ${guess}?`}`)
}

function takeServer(source: YamlSource, draft: ConfigDraft): void {
  const shape = serverSettings.shape as Readonly<Record<string, z.ZodType>>
  const names = [...Object.keys(shape).filter(name => name !== 'serverId'), 'id', 'clients']
  const server = source.map(['server'], 'a map of settings')
  for (const [name, value] of Object.entries(server)) {
    const path = ['server', name]
    if (name === 'clients') {
      takeClients(source, draft)
      continue
    }
    const setting = name === 'id' ? 'serverId' : name
    if (name === 'serverId') {
      source.report(path, 'unknown key; it is called id')
      continue
    }
    if (!names.includes(name)) {
      unknown(source, path, names)
      continue
    }
    const parsed = shape[setting]!.safeParse(value)
    if (parsed.success) draft.set(`settings.${setting}`, parsed.data, source.origin(path))
    else source.reportIssues(path, parsed.error.issues)
  }
}

function takePlugins(source: YamlSource, draft: ConfigDraft): void {
  const plugins = source.list(['plugins'], 'a list of plugins')
  for (const index of plugins.keys()) {
    const path = ['plugins', index]
    const plugin = source.map(path, 'a map with use and with')
    // What is no map has been reported as such.
    if (plugin !== (source.get(path) ?? plugin)) continue
    for (const key of Object.keys(plugin)) {
      if (key !== 'use' && key !== 'with') unknown(source, [...path, key], ['use', 'with'])
    }
    const { use } = plugin
    if (typeof use !== 'string' || use === '') {
      source.report('use' in plugin ? [...path, 'use'] : path, 'expected use: with the name of a package or a path')
      continue
    }
    const options = 'with' in plugin ? source.map([...path, 'with'], 'a map of options') : {}
    draft.plugins.push({
      use,
      with: options,
      origin: source.origin([...path, 'use']),
      locate: option => source.origin([...path, 'with', ...option]),
    })
  }
}
