import t from 'tap'
import { createEnforcement } from '../../dist/auth/index.js'
import { type ServerSettingsInput, serverSettings } from '../../dist/config/index.js'
import { KeeperCode, OpCode } from '../../dist/jute/index.js'
import { identity, registry } from './support.js'

const enforce = (settings: ServerSettingsInput, served = registry()) =>
  createEnforcement(serverSettings.parse(settings), served)
const ip = identity('ip', '127.0.0.1')
const refusal = KeeperCode.SessionClosedRequireSaslAuth

t.test('nothing is enforced unless it is asked for', async t => {
  const enforcement = enforce({ enforceAuthSchemes: ['digest', 'nonsense'] })
  t.equal(enforcement.enabled, false)
  t.equal(enforcement.requiresSasl, false)
  t.equal(enforcement.refusal(OpCode.create, []), null)
})

t.test('every request but auth and sasl waits for one of the schemes, pings and closes too', async t => {
  const enforcement = enforce({ enforceAuthEnabled: true, enforceAuthSchemes: ['digest', ' sasl '] })
  for (const op of Object.values(OpCode)) {
    const passes = op === OpCode.auth || op === OpCode.sasl
    t.equal(enforcement.refusal(op, [ip]), passes ? null : refusal, `opcode ${op}`)
    t.equal(enforcement.refusal(op, [ip, identity('sasl', 'bob')]), null)
    t.equal(enforcement.refusal(op, [identity('digest', 'a:b'), ip]), null)
  }
  t.equal(enforcement.refusal(999, [identity('super', '')]), refusal)
})

t.test('sasl among the schemes makes a failed exchange final', async t => {
  t.equal(enforce({ enforceAuthEnabled: true, enforceAuthSchemes: ['digest', 'sasl'] }).requiresSasl, true)
  t.equal(enforce({ enforceAuthEnabled: true, enforceAuthSchemes: ['digest'] }).requiresSasl, false)
})

t.test('sessionRequireClientSASLAuth is sasl alone, whatever the other settings say', async t => {
  const enforcement = enforce({ sessionRequireClientSaslAuth: true, enforceAuthSchemes: ['digest'] })
  t.equal(enforcement.requiresSasl, true)
  t.equal(enforcement.refusal(OpCode.ping, [identity('digest', 'a:b')]), refusal)
  t.equal(enforcement.refusal(OpCode.ping, [identity('sasl', 'bob')]), null)
})

t.test('wrong configurations are named', async t => {
  const cases: [ServerSettingsInput, string][] = [
    [
      { enforceAuthEnabled: true },
      'enforce.auth.enabled is true, but enforce.auth.schemes names no scheme, expected at least one of digest, ip',
    ],
    [
      { enforceAuthEnabled: true, enforceAuthSchemes: ['digest', 'kerberos'] },
      'enforce.auth.schemes asks for the scheme "kerberos", which this server does not offer, expected one of digest, ip',
    ],
    [
      { enforceAuthEnabled: true, enforceAuthSchemes: [''] },
      'enforce.auth.schemes asks for the scheme "", which this server does not offer, expected one of digest, ip',
    ],
    [
      { sessionRequireClientSaslAuth: true },
      'sessionRequireClientSASLAuth asks for the scheme "sasl", which this server does not offer, expected one of digest, ip',
    ],
  ]
  const served = registry({}, { sasl: false, x509: false })
  for (const [settings, message] of cases)
    t.throws(() => enforce(settings, served), { code: 'CONFIG_INVALID', message })
})
