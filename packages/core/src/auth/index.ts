/** Who somebody is and what they may do: ACL checks, the built-in schemes, SASL, enforced authentication. */
export { checkAcl } from './acl-check.js'
export { type AuthOutcome, authenticate } from './auth-packet.js'
export { type DigestOptions, digestAuthenticator, generateDigest } from './digest.js'
export { createEnforcement, type Enforcement } from './enforcement.js'
export { ensembleAuthenticator } from './ensemble.js'
export { fixupAcl } from './fix-acl.js'
export { addIdentities, isSuper } from './identities.js'
export { ipAuthenticator } from './ip.js'
export { clientInfos, maskAcl } from './mask.js'
export {
  type AuthenticatorRegistry,
  createAuthenticatorRegistry,
  type RegistryOptions,
  type RegistrySettings,
} from './registry.js'
export * from './sasl/index.js'
export { type SaslSchemeOptions, saslAuthenticator } from './sasl-scheme.js'
export { createServerAuth, type ServerAuth, type ServerAuthOptions } from './server-auth.js'
export { type X509Options, x509Authenticator } from './x509.js'
