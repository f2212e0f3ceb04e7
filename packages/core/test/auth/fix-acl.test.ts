import t from 'tap'
import { fixupAcl } from '../../dist/auth/index.js'
import { fixups } from './fixtures/apache-verdicts.js'
import { entry, identity, registry } from './support.js'

// The recording server had no secure port, hence no x509 scheme.
const served = registry({}, { x509: false })

t.test('stores and refuses what Apache stores and refuses', async t => {
  for (const { identities, acl, stored } of fixups) {
    const result = fixupAcl(
      acl?.map(e => entry(...e)) ?? null,
      identities.map(i => identity(...i)),
      served,
    )
    t.strictSame(result, stored?.map(e => entry(...e)) ?? null, JSON.stringify({ identities, acl }))
  }
})

t.test('leaves its arguments alone', async t => {
  const acl = Object.freeze([entry(31, 'auth', ''), entry(31, 'auth', '')])
  const identities = Object.freeze([identity('digest', 'a:h')])
  t.strictSame(fixupAcl(acl, identities, served), [entry(31, 'digest', 'a:h')])
})

t.test('x509 ids are refused on a server without that scheme, and checked on one with it', async t => {
  t.equal(fixupAcl([entry(31, 'x509', 'CN=a')], [], served), null)
  t.strictSame(fixupAcl([entry(31, 'x509', 'CN=a')], [], registry()), [entry(31, 'x509', 'CN=a')])
  t.equal(fixupAcl([entry(31, 'x509', 'a')], [], registry()), null)
})
