import t from 'tap'
import { answerSasl, type SaslPolicy } from '../../../dist/auth/index.js'
import { KeeperCode } from '../../../dist/jute/index.js'
import type { SaslExchange } from '../../../dist/seams/index.js'
import { identity, utf8 } from '../support.js'

const ip = identity('ip', '127.0.0.1')
const usual: SaslPolicy = { superUsers: ['ops', ''], allowFailedClients: false, requiresSasl: false }
const challenges: SaslExchange = { step: () => ({ token: utf8('challenge') }) }
const proves = (id: string): SaslExchange => ({ step: () => ({ token: utf8('last'), done: identity('sasl', id) }) })
const fails: SaslExchange = { step: () => null }
const answer = (exchange: SaslExchange | undefined, policy: Partial<SaslPolicy> = {}) =>
  answerSasl(utf8('token'), exchange, [ip], { ...usual, ...policy })

t.test('a server without SASL answers every token with Ok and none', async t => {
  const reply = { code: KeeperCode.Ok, token: null, identities: [ip], isSuper: false, close: false }
  t.strictSame(answer(undefined), reply)
  t.strictSame(answer(undefined, { requiresSasl: true }), reply)
})

t.test('a request without a token is not answered at all', async t => {
  t.equal(answerSasl(null, undefined, [ip], usual), null)
  t.equal(answerSasl(null, challenges, [ip], { ...usual, allowFailedClients: true }), null)
})

t.test('a challenge changes nobody', async t => {
  t.match(answer(challenges), { code: KeeperCode.Ok, token: utf8('challenge'), identities: [ip], close: false })
})

t.test('a finished exchange adds the identity to what the connection was', async t => {
  const reply = answer(proves('bob'))
  t.strictSame(reply?.token, utf8('last'))
  t.same(new Set(reply?.identities), new Set([ip, identity('sasl', 'bob')]))
  t.equal(reply?.isSuper, false)
})

t.test('the configured SASL names are super besides, an empty one never', async t => {
  const reply = answer(proves('ops'))
  t.same(new Set(reply?.identities), new Set([ip, identity('sasl', 'ops'), identity('super', '')]))
  t.equal(reply?.isSuper, true)
  t.equal(answer(proves('super'))?.isSuper, false)
  t.equal(answer(proves(''))?.isSuper, false)
})

t.test('a failure is answered with AuthFailed and a null token, and ends the connection', async t => {
  const reply = { code: KeeperCode.AuthFailed, token: null, identities: [ip], isSuper: false, close: true }
  t.strictSame(answer(fails), reply)
})

t.test('a failure where SASL is required has its own code, also for clients that might otherwise stay', async t => {
  const expected = { code: KeeperCode.SessionClosedRequireSaslAuth, token: null, close: true }
  t.match(answer(fails, { requiresSasl: true }), expected)
  t.match(answer(fails, { requiresSasl: true, allowFailedClients: true }), expected)
})

t.test('allowSaslFailedClients keeps the connection without the identity', async t => {
  t.strictSame(answer(fails, { allowFailedClients: true }), {
    code: KeeperCode.Ok,
    token: null,
    identities: [ip],
    isSuper: false,
    close: false,
  })
})
