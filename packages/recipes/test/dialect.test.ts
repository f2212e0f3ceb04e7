import type { RecipeError } from '@menagerie/recipes'
import t from 'tap'
import { compareSequences, contendersOf, type Dialect, namingFor, recognise } from '../dist/base/dialect.js'
import { blockerOf } from '../dist/base/turn.js'

const uuid = '0f6ad3d0-8a2e-4d6b-9f5e-1f0e8a6a1c11'
const hex = uuid.replaceAll('-', '')

t.test('names are known for whose they are', async t => {
  const known: [string, Dialect, string][] = [
    [`_c_${uuid}-lock-0000000001`, 'curator', 'lock'],
    ['lock-0000000001', 'curator', 'lock'],
    [`_c_${uuid}-__READ__0000000001`, 'curator', 'read'],
    [`_c_${uuid}-__WRIT__-2147483648`, 'curator', 'write'],
    [`_c_${uuid}-latch-0000000001`, 'curator', 'latch'],
    [`_c_${uuid}-lease-0000000001`, 'curator', 'lease'],
    [`${hex}__lock__0000000001`, 'kazoo', 'lock'],
    [`${hex}__rlock__0000000001`, 'kazoo', 'read'],
    ['x-72057594037927936-0000000001', 'zookeeper', 'lock'],
    ['x--72057594037927936-0000000001', 'zookeeper', 'lock'],
    ['x-0100000000000000-0000000001', 'zookeeper', 'lock'],
    ['n_0000000001', 'zookeeper', 'latch'],
    [`${uuid}-write-0000000001`, 'zookeeper', 'write'],
  ]
  for (const [name, dialect, role] of known) t.match(recognise(name), { dialect, role }, name)
  for (const name of ['config', 'lock-', 'lock-000000001', `${hex}`, 'leases'])
    t.equal(recognise(name), undefined, name)
})

t.test('what a dialect writes it recognises as its own, and nobody else does', async t => {
  for (const dialect of ['curator', 'kazoo', 'zookeeper'] as const) {
    for (const role of ['lock', 'read', 'write', 'latch', 'lease'] as const) {
      let prefix: string
      try {
        prefix = namingFor(dialect, role, uuid, 5n).prefix
      } catch (error) {
        t.match(error, { code: 'RECIPE_ARGUMENT' })
        continue
      }
      const name = `${prefix}0000000007`
      t.match(recognise(name), { dialect })
      t.match(contendersOf('/l', [name], dialect, [role]), [{ name, role, sequence: 7 }])
      for (const other of (['curator', 'kazoo', 'zookeeper'] as const).filter(each => each !== dialect)) {
        t.throws(() => contendersOf('/l', [name], other, ['lock']), { code: 'RECIPE_FOREIGN_NODES' })
      }
    }
  }
})

t.test('the order is that of the numbers, whatever stands before them', async t => {
  const names = ['_c_z-lock-0000000002', 'lock-0000000010', `_c_${uuid}-lock-0000000001`]
  t.strictSame(
    contendersOf('/l', names, 'curator', ['lock']).map(({ sequence }) => sequence),
    [1, 2, 10],
  )
})

t.test('whoever comes after the counter has wrapped is behind those who wait', async t => {
  t.ok(compareSequences(2147483647, -2147483648) < 0)
  t.ok(compareSequences(-2147483648, -2147483647) < 0)
  t.ok(compareSequences(-1, 0) < 0)
  const children = ['lock--2147483648', 'lock-2147483647', 'lock--2147483647']
  const place = (name: string) => ({ folder: '/l', name, path: `/l/${name}`, czxid: 1, sessionId: 1n, provenAt: 0 })
  const queue = { dialect: 'curator', roles: ['lock'] } as const
  t.equal(blockerOf(place('lock-2147483647'), children, queue), undefined)
  t.equal(blockerOf(place('lock--2147483648'), children, queue), 'lock-2147483647')
  t.equal(blockerOf(place('lock--2147483647'), children, queue), 'lock--2147483648')
  t.throws(() => blockerOf(place('lock-0000000000'), children, queue), { code: 'RECIPE_LOST' })
})

t.test('a refusal says what was found, whose it is and what to do', async t => {
  const refusal = (dialect: Dialect, name: string) => {
    try {
      contendersOf('/l', [name], dialect, ['lock'])
      return ''
    } catch (error) {
      return (error as RecipeError).message
    }
  }
  t.match(refusal('curator', `${hex}__lock__0000000000`), /\/l holds .*, a znode of kazoo \(a lock\).*dialect 'kazoo'/)
  t.match(refusal('curator', 'latch-0000000000'), /a znode of Curator \(a leader latch\).*a path of its own/)
})
