import t from 'tap'
import { addIdentities, isSuper } from '../../dist/auth/index.js'
import { orders } from './fixtures/apache-verdicts.js'
import { identity } from './support.js'

t.test('identities come in the order of Apache’s hash table, however they were added', async t => {
  for (const { added, listed } of orders) {
    const all = added.map(pair => identity(...pair))
    const expected = listed.map(pair => identity(...pair))
    t.strictSame(addIdentities([], all), expected, 'at once')
    t.strictSame(
      all.reduce((known, one) => [...addIdentities(known, [one])], [identity(...added[0])]),
      expected,
      'singly',
    )
  }
})

t.test('the order that a real server listed after super:test, a:b and c:d', async t => {
  const a = identity('digest', 'a:3OptnM09ILoVSfbZtd3mB0IViII=')
  const c = identity('digest', 'c:JW0uwAqVIVi/U/OdKDCihoUkdus=')
  const root = identity('digest', 'super:D/InIHSb7yEEbrWz8b9l71RjZJU=')
  const [ip, all] = [identity('ip', '127.0.0.1'), identity('super', '')]
  t.strictSame(addIdentities([ip], [all, root, a, c]), [a, c, all, ip, root])
})

t.test('an identity that is known already is not added again', async t => {
  const bob = identity('digest', 'bob:h')
  t.strictSame(addIdentities([bob], [identity('digest', 'bob:h')]), [bob])
})

t.test('more identities than the table has room for are all kept', async t => {
  const many = Array.from({ length: 100 }, (_, i) => identity('digest', `user${i}:h`))
  t.equal(new Set(addIdentities([], many).map(one => one.id)).size, 100)
})

t.test('super is a scheme, not a name', async t => {
  t.equal(isSuper([identity('ip', '127.0.0.1'), identity('super', 'CN=root')]), true)
  t.equal(isSuper([identity('sasl', 'super')]), false)
  t.equal(isSuper([]), false)
})
