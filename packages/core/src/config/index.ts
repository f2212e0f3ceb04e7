export { type ServerSettings, type ServerSettingsInput, serverSettings } from './settings.js'
