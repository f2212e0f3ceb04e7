/**
 * SASL for clients: requests with opcode 102 that carry tokens back and forth.
 *
 * The protocol does not name a mechanism, so a server offers one, and clients must be configured for the
 * same: Apache takes GSSAPI if its login holds a Kerberos principal and DIGEST-MD5 otherwise, and so does
 * its client. Here a plugin's mechanism (SASL_MECHANISM) goes before the built-in DIGEST-MD5.
 */
export { answerSasl, type SaslPolicy, type SaslReply } from './conversation.js'
export { type DigestMd5Options, digestMd5 } from './digest-md5.js'
export {
  DigestMd5Client,
  type DigestMd5ClientOptions,
  type DigestMd5ClientStep,
  type DigestMd5Login,
} from './digest-md5-client.js'
export { type ResponseInput, responseValue } from './digest-md5-response.js'
export { type Directives, parseDirectives } from './directives.js'
