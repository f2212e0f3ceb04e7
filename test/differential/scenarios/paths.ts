import { OpCode } from '@menagerie/core/jute'
import { hex, OPEN_ACL, op } from '../../support/requests.js'
import { plain } from '../define.js'

const PATHS: readonly (readonly [label: string, path: string])[] = [
  ['empty', ''],
  ['without slash', 't/x'],
  ['with a slash at its end', '/t/x/'],
  ['with two slashes', '/t//x'],
  ['that starts with two slashes', '//t/x'],
  ['of two slashes', '//'],
  ['with a dot segment', '/t/./x'],
  ['that ends in a dot segment', '/t/.'],
  ['with a double dot segment', '/t/../x'],
  ['that ends in a double dot segment', '/t/..'],
  ['with a name that starts with a dot', '/t/.x'],
  ['with a name that ends with a dot', '/t/x.'],
  ['with a name of three dots', '/t/...'],
  ['with U+0000', '/t/a\u0000b'],
  ['with U+0001', '/t/a\u0001b'],
  ['with U+0009', '/t/a\u0009b'],
  ['with U+001F', '/t/a\u001fb'],
  ['with a space', '/t/a b'],
  ['with U+007E', '/t/a\u007eb'],
  ['with U+007F', '/t/a\u007fb'],
  ['with U+009F', '/t/a\u009fb'],
  ['with U+00A0', '/t/a\u00a0b'],
  ['with letters beyond ASCII', '/t/äöü-日本語'],
  ['with U+D7FF', '/t/a\ud7ffb'],
  ['with U+E000', '/t/a\ue000b'],
  ['with U+F8FF', '/t/a\uf8ffb'],
  ['with U+F900', '/t/a\uf900b'],
  ['with U+FFEF', '/t/a\uffefb'],
  ['with U+FFF0', '/t/a\ufff0b'],
  ['with U+FFFD', '/t/a\ufffdb'],
  ['with a character outside the BMP', '/t/a\u{1f600}b'],
  ['of 1,000 characters', `/t/${'x'.repeat(1000)}`],
  ['of 200 segments', `/t${'/x'.repeat(200)}`],
]

for (const [label, path] of PATHS) {
  plain(`writes of a path ${label}`, async s => {
    const a = await s.client('a')
    await a.create(path)
    await a.create(path, { flags: 2 })
    await a.create2(path, { flags: 1 })
    await a.setData(path, 'd')
    await a.setAcl(path, OPEN_ACL)
    await a.multi(op.create('/t/m'), op.create(path))
    await a.multi(op.check(path, -1))
    await a.delete(path)
    await a.getChildren2('/t')
  })
  // The empty path is the root, whose counters tell of scenarios before this one.
  if (path !== '')
    plain(`reads of a path ${label}`, async s => {
      const a = await s.client('a')
      await a.exists(path)
      await a.getData(path)
      await a.getAcl(path)
      await a.getChildren(path)
      await a.getChildren2(path)
      await a.getAllChildrenNumber(path)
      await a.multiRead(op.getData(path), op.getChildren(path))
      await a.settle()
    })
  plain(`sync, getEphemerals and watches of a path ${label}`, async s => {
    const a = await s.client('a')
    await a.sync(path)
    await a.getEphemerals(path)
    await a.addWatch(path, 0)
    await a.addWatch(path, 1)
    await a.checkWatches(path, 3)
    await a.removeWatches(path, 3)
    await a.settle()
  })
}

plain('the empty path is another name of the root', async s => {
  const a = await s.client('a')
  await a.getChildren('')
  await a.getAllChildrenNumber('')
  await a.multiRead(op.getChildren(''))
})
plain('a path that is null', async s => {
  const a = await s.client('a')
  await a.call(OpCode.exists, hex('ffffffff 00'))
  await a.settle()
})
plain('a path that is null in a create', async s => {
  const a = await s.client('a')
  await a.call(
    OpCode.create,
    hex('ffffffff 00000000 00000001 0000001f 00000005 776f726c64 00000006 616e796f6e65 00000000'),
  )
  await a.settle()
})
plain('a path that is null in getData', async s => {
  const a = await s.client('a')
  await a.call(OpCode.getData, hex('ffffffff 00'))
  await a.settle()
})
plain('a path that is null in setData', async s => {
  const a = await s.client('a')
  await a.call(OpCode.setData, hex('ffffffff 00000000 ffffffff'))
  await a.settle()
})
plain('a path that is null in delete', async s => {
  const a = await s.client('a')
  await a.call(OpCode.delete, hex('ffffffff ffffffff'))
  await a.settle()
})
plain('a path that is no UTF-8', async s => {
  const a = await s.client('a')
  await a.call(
    OpCode.create,
    hex('00000005 2f742f80fe 00000000 00000001 0000001f 00000005 776f726c64 00000006 616e796f6e65 00000000'),
  )
  await a.getChildren('/t')
})
plain('an overlong encoding of a slash in a path', async s => {
  const a = await s.client('a')
  await a.call(
    OpCode.create,
    hex('00000005 2f742fc0af 00000000 00000001 0000001f 00000005 776f726c64 00000006 616e796f6e65 00000000'),
  )
  await a.getChildren('/t')
})
