export { compose } from './compose.js'
export { type ConfiguredPlugin, definePlugin, type PluginDefinition } from './define-plugin.js'
