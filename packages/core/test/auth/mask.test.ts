import t from 'tap'
import { clientInfos, maskAcl } from '../../dist/auth/index.js'
import { masked } from './fixtures/apache-verdicts.js'
import { entry, identity, registry } from './support.js'

t.test('digests are hidden as Apache hides them', async t => {
  for (const [id, shown] of masked) {
    t.strictSame(maskAcl([entry(31, 'digest', id)]), [entry(31, 'digest', shown)], encodeURI(id))
  }
})

t.test('entries of other schemes stay, and so does the order', async t => {
  const acl = [entry(1, 'world', 'anyone'), entry(31, 'digest', 'a:hash'), entry(31, 'ip', '::1')]
  t.strictSame(maskAcl(acl), [acl[0], entry(31, 'digest', 'a:x'), acl[2]])
  t.equal(acl[1].id.id, 'a:hash')
})

t.test('an ACL with nothing to hide is returned as it is', async t => {
  const acl = [entry(31, 'world', 'anyone'), entry(1, 'sasl', 'a:b')]
  t.equal(maskAcl(acl), acl)
})

t.test('whoAmI shows users without digests, and no user where nobody serves the scheme', async t => {
  const identities = [
    identity('digest', 'bob:h'),
    identity('super', 'CN=root'),
    identity('ip', '127.0.0.1'),
    identity('x509', 'CN=bob'),
    identity('sasl', 'bob'),
    identity('custom', 'secret'),
  ]
  t.strictSame(clientInfos(identities, registry()), [
    { authScheme: 'digest', user: 'bob' },
    { authScheme: 'super', user: '' },
    { authScheme: 'ip', user: '127.0.0.1' },
    { authScheme: 'x509', user: 'CN=bob' },
    { authScheme: 'sasl', user: 'bob' },
    { authScheme: 'custom', user: '' },
  ])
})
