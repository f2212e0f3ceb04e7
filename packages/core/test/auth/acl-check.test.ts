import t from 'tap'
import { checkAcl } from '../../dist/auth/index.js'
import { type ACL, Perms } from '../../dist/jute/index.js'
import { entry, identity, registry } from './support.js'

const served = registry()
const bob = [identity('ip', '10.1.2.3'), identity('digest', 'bob:h')]

t.test('an absent or empty ACL allows everything to everybody', async t => {
  t.equal(checkAcl(null, Perms.ALL, [], served), true)
  t.equal(checkAcl([], Perms.ADMIN, [], served), true)
})

t.test('each permission is its own bit, and one bit of the asked ones is enough', async t => {
  const acl = [entry(Perms.READ, 'world', 'anyone')]
  t.equal(checkAcl(acl, Perms.READ, bob, served), true)
  for (const perm of [Perms.WRITE, Perms.CREATE, Perms.DELETE, Perms.ADMIN]) {
    t.equal(checkAcl(acl, perm, bob, served), false)
  }
  t.equal(checkAcl(acl, Perms.READ | Perms.ADMIN, bob, served), true)
})

t.test('entries are tried one after the other until one grants', async t => {
  const cases: [ACL[], boolean][] = [
    [[entry(31, 'digest', 'bob:h')], true],
    [[entry(31, 'digest', 'eve:h')], false],
    [[entry(31, 'digest', 'eve:h'), entry(2, 'digest', 'bob:h')], true],
    [[entry(29, 'digest', 'bob:h'), entry(2, 'ip', '10.0.0.0/8')], true],
    [[entry(29, 'digest', 'bob:h'), entry(2, 'ip', '11.0.0.0/8')], false],
    [[entry(29, 'world', 'anyone'), entry(2, 'digest', 'bob:h')], true],
    [[entry(29, 'digest', 'bob:h'), entry(2, 'world', 'anyone')], true],
    [[entry(0, 'world', 'anyone')], false],
    [[entry(-1, 'world', 'anyone')], true],
  ]
  for (const [acl, allowed] of cases) t.equal(checkAcl(acl, Perms.WRITE, bob, served), allowed, JSON.stringify(acl))
})

t.test('an entry of a scheme that nobody serves grants nothing, even to an identity of the same text', async t => {
  const acl = [entry(31, 'custom', 'x')]
  t.equal(checkAcl(acl, Perms.READ, [identity('custom', 'x')], served), false)
  t.equal(
    checkAcl([entry(31, 'sasl', 'bob')], Perms.READ, [identity('sasl', 'bob')], registry({}, { sasl: false })),
    false,
  )
})

t.test('an identity counts under its own scheme only', async t => {
  t.equal(checkAcl([entry(31, 'sasl', 'bob')], Perms.READ, [identity('x509', 'bob')], served), false)
})

t.test('world:anyone is the only id of world', async t => {
  t.equal(checkAcl([entry(31, 'world', 'bob')], Perms.READ, [identity('world', 'bob')], served), false)
  t.equal(checkAcl([entry(31, 'World', 'anyone')], Perms.READ, bob, served), false)
})

t.test('a super identity may do everything, also where no entry names a permission', async t => {
  const acl = [entry(0, 'digest', 'eve:h')]
  t.equal(checkAcl(acl, Perms.ADMIN, [...bob, identity('super', '')], served), true)
  t.equal(checkAcl(acl, Perms.ADMIN, [identity('super', 'CN=root')], served), true)
  t.equal(checkAcl(acl, Perms.ADMIN, [identity('digest', 'super')], served), false)
})

t.test('skipACL turns every check off', async t => {
  t.equal(checkAcl([entry(0, 'world', 'anyone')], Perms.ADMIN, [], registry({ skipAcl: true })), true)
})
