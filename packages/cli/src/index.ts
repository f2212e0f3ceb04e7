/** The `menagerie` command as functions, for programs that read its configurations. */
export { defaultConfig, loadConfig } from './config/load.js'
export { readYaml } from './config/yaml.js'
export { compose } from './plugins/compose.js'
