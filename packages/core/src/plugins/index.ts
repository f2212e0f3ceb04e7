export { PluginError } from './blame.js'
export { checkOptions, compose, SHARED_SEAMS, versionProblem } from './compose.js'
export { type ConfiguredPlugin, definePlugin, type PluginDefinition } from './define-plugin.js'
