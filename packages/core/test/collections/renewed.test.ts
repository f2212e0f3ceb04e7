import t from 'tap'
import { RenewedMap, RenewedSet } from '../../dist/collections/renewed.js'

const ROUNDS = 5000

t.test('a map that is made anew now and then has the entries of one that is not, in their order', async t => {
  const renewed = new RenewedMap<number, string>()
  const plain = new Map<number, string>()
  for (let n = 0; n < ROUNDS; n++) {
    renewed.set(n, `value ${n}`)
    plain.set(n, `value ${n}`)
    if (n % 7 === 0) continue
    const gone = n - 30
    if (renewed.delete(gone) !== plain.delete(gone)) t.fail(`deleting ${gone} said something else`)
    if (renewed.size !== plain.size) t.fail(`${renewed.size} entries after ${n}, expected ${plain.size}`)
  }
  t.ok(plain.size > 700)
  t.strictSame([...renewed], [...plain])
  t.strictSame([...renewed.values()], [...plain.values()])
  for (let n = 0; n < ROUNDS; n++)
    if (renewed.get(n) !== plain.get(n) || renewed.has(n) !== plain.has(n)) t.fail(`${n}`)
  renewed.clear()
  t.strictSame([renewed.size, [...renewed]], [0, []])
})

t.test('a set that is made anew now and then has the values of one that is not, in their order', async t => {
  const renewed = new RenewedSet<number>()
  const plain = new Set<number>()
  for (let n = 0; n < ROUNDS; n++) {
    renewed.add(n)
    plain.add(n)
    if (n % 7 === 0) continue
    const gone = n - 30
    if (renewed.delete(gone) !== plain.delete(gone)) t.fail(`deleting ${gone} said something else`)
    if (renewed.size !== plain.size || renewed.has(gone)) t.fail(`${renewed.size} values after ${n}`)
  }
  t.strictSame([...renewed], [...plain])
})

t.test('the table is made anew while entries come and go, and not while they stay', async t => {
  const map = new RenewedMap<number, number>()
  const set = new RenewedSet<number>()
  const tables = () => [(map as unknown as { map: unknown }).map, (set as unknown as { set: unknown }).set]
  const pass = (from: number, to: number) => {
    for (let n = from; n < to; n++) {
      map.set(n, n)
      set.add(n)
      map.delete(n - 10)
      set.delete(n - 10)
    }
  }
  pass(0, 10)
  const first = tables()
  pass(10, 90)
  t.ok(
    tables().every((table, index) => table === first[index]),
    'few have gone',
  )
  pass(90, 110)
  t.ok(
    tables().every((table, index) => table !== first[index]),
    'many have gone',
  )
})

t.test('an iteration leaves out what is deleted meanwhile, also when all is made anew', async t => {
  const map = new RenewedMap<number, number>()
  const set = new RenewedSet<number>()
  for (let n = 0; n < 1000; n++) {
    map.set(n, n)
    set.add(n)
  }
  const seen: number[] = []
  for (const [n] of map) {
    seen.push(n)
    if (n === 0) for (let gone = 1; gone < 999; gone++) map.delete(gone)
  }
  for (const n of set) {
    seen.push(n)
    if (n === 0) for (let gone = 1; gone < 999; gone++) set.delete(gone)
  }
  t.strictSame(seen, [0, 999, 0, 999])
})

t.test('what is not there is undefined, and deleting it does nothing', async t => {
  const map = new RenewedMap<string, number>()
  t.equal(map.get('a'), undefined)
  t.equal(map.delete('a'), false)
  map.set('a', 1)
  map.set('a', 2)
  t.strictSame([map.get('a'), map.size], [2, 1])
  t.equal(new RenewedSet<string>().delete('a'), false)
})
