export { compose, SHARED_SEAMS } from './compose.js'
export { type ConfiguredPlugin, definePlugin, type PluginDefinition } from './define-plugin.js'
