import t from 'tap'
import { RenewedMap } from '../../dist/requests/renewed-map.js'

t.test('a map that is made anew now and then has the entries of one that is not', async t => {
  const renewed = new RenewedMap<number, string>()
  const plain = new Map<number, string>()
  for (let n = 0; n < 20_000; n++) {
    renewed.set(n, `value ${n}`)
    plain.set(n, `value ${n}`)
    const gone = n - 300
    if (n % 7 !== 0 && renewed.delete(gone) !== plain.delete(gone)) t.fail(`deleting ${gone} said something else`)
    if (renewed.size !== plain.size) t.fail(`${renewed.size} entries after ${n}, expected ${plain.size}`)
  }
  t.ok(plain.size > 2000)
  for (const [key, value] of plain) if (renewed.get(key) !== value || !renewed.has(key)) t.fail(`${key} is gone`)
  for (let n = 0; n < 20_000; n++) if (renewed.has(n) !== plain.has(n)) t.fail(`${n} should not be there`)
})

t.test('what is not there is undefined, and deleting it does nothing', async t => {
  const map = new RenewedMap<string, number>()
  t.equal(map.get('a'), undefined)
  t.equal(map.delete('a'), false)
  map.set('a', 1)
  map.set('a', 2)
  t.strictSame([map.get('a'), map.size], [2, 1])
})
