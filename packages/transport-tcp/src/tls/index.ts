/** Keys and certificates as a configuration names them, for whatever else of a server speaks TLS. */
export { loadCredentials } from './credentials.js'
export { type TlsOptions, tlsOptions } from './options.js'
