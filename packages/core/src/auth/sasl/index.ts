export { answerSasl, type SaslPolicy, type SaslReply } from './conversation.js'
export { type DigestMd5Options, digestMd5 } from './digest-md5.js'
export { type ResponseInput, responseValue } from './digest-md5-response.js'
export { type Directives, parseDirectives } from './directives.js'
