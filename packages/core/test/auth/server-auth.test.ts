import t from 'tap'
import { createServerAuth, type ServerAuthOptions } from '../../dist/auth/index.js'
import { type ServerSettingsInput, serverSettings } from '../../dist/config/index.js'
import type { SaslMechanism } from '../../dist/seams/index.js'

const random = { below: () => 0, bytes: (count: number) => new Uint8Array(count) }
const create = (settings: ServerSettingsInput = {}, options: Partial<ServerAuthOptions> = {}) =>
  createServerAuth(serverSettings.parse(settings), { random, secure: false, ...options })

t.test('without anything set, ip and digest are served, and nothing is enforced', async t => {
  const auth = create()
  t.strictSame(auth.registry.schemes, ['digest', 'ip'])
  t.equal(auth.saslMechanism, undefined)
  t.equal(auth.enforcement.enabled, false)
  t.strictSame(auth.saslPolicy, { superUsers: [], allowFailedClients: false, requiresSasl: false })
})

t.test('users bring DIGEST-MD5 and the sasl scheme, unless a plugin brings a mechanism of its own', async t => {
  const saslUsers = { bob: 'secret' }
  t.equal(create({ saslUsers }).saslMechanism?.name, 'DIGEST-MD5')
  t.ok(create({ saslUsers }).registry.get('sasl'))
  const gssapi: SaslMechanism = { name: 'GSSAPI', start: () => ({ step: () => null }) }
  t.equal(create({ saslUsers }, { saslMechanism: gssapi }).saslMechanism, gssapi)
  t.ok(create({}, { saslMechanism: gssapi }).registry.get('sasl'))
})

t.test('a secure port brings x509, and ensemble names their scheme', async t => {
  t.strictSame(create({}, { secure: true, ensembleNames: ['prod'] }).registry.schemes, [
    'digest',
    'ensemble',
    'ip',
    'x509',
  ])
})

t.test('the policy of SASL follows the settings', async t => {
  const settings = { saslUsers: { a: 'b' }, superUsers: ['ops'], allowSaslFailedClients: true }
  t.strictSame(create({ ...settings, sessionRequireClientSaslAuth: true }).saslPolicy, {
    superUsers: ['ops'],
    allowFailedClients: true,
    requiresSasl: true,
  })
})

t.test('SASL that is required needs users', async t => {
  t.throws(() => create({ sessionRequireClientSaslAuth: true }), { code: 'CONFIG_INVALID' })
})
