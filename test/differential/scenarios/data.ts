import { acl, op } from '../../support/requests.js'
import { plain } from '../define.js'

plain('setData counts versions and changes mzxid only', async s => {
  const a = await s.client('a')
  await a.create('/t/x', { data: 'a' })
  await a.setData('/t/x', 'bb')
  await a.setData('/t/x', 'ccc', 1)
  await a.getData('/t/x')
  await a.getChildren2('/t')
})

for (const version of [0, 1, 2, -1, -2, 2147483647, -2147483648]) {
  plain(`setData, delete, setACL and check with version ${version} of a node at version 1`, async s => {
    const a = await s.client('a')
    await a.create('/t/x')
    await a.setData('/t/x', 'd')
    await a.multi(op.check('/t/x', version))
    await a.setAcl('/t/x', [acl(31, 'world', 'anyone'), acl(1, 'ip', '127.0.0.1')])
    await a.setAcl('/t/x', [acl(31, 'world', 'anyone')], version)
    await a.setData('/t/x', 'e', version)
    await a.delete('/t/x', version)
    await a.exists('/t/x')
  })
}

plain('reads and writes of a node that is not there', async s => {
  const a = await s.client('a')
  await a.exists('/t/no')
  await a.getData('/t/no')
  await a.getAcl('/t/no')
  await a.getChildren('/t/no')
  await a.getChildren2('/t/no')
  await a.getAllChildrenNumber('/t/no')
  await a.setData('/t/no', 'd')
  await a.setAcl('/t/no', [acl(31, 'world', 'anyone')])
  await a.delete('/t/no')
  await a.delete('/t/no/deeper')
  await a.sync('/t/no')
  await a.getEphemerals('/t/no')
})

plain('the root cannot be deleted', async s => {
  const a = await s.client('a')
  await a.delete('/')
  await a.delete('/', 5)
  await a.multi(op.delete('/'))
})

plain('a node with children cannot be deleted', async s => {
  const a = await s.client('a')
  await a.create('/t/x')
  await a.create('/t/x/y')
  await a.delete('/t/x')
  await a.delete('/t/x/y')
  await a.delete('/t/x')
  await a.getChildren2('/t')
})

plain('create and delete of children count cversion and set pzxid', async s => {
  const a = await s.client('a')
  await a.create('/t/x')
  for (const name of ['a', 'b', 'c']) await a.create(`/t/x/${name}`)
  await a.exists('/t/x')
  await a.delete('/t/x/b')
  await a.exists('/t/x')
  await a.create('/t/x/b')
  await a.setData('/t/x/b', 'd')
  await a.getChildren2('/t/x')
  await a.delete('/t/x/a')
  await a.delete('/t/x/b')
  await a.delete('/t/x/c')
  await a.exists('/t/x')
})

plain('a node that is deleted and made again starts anew', async s => {
  const a = await s.client('a')
  await a.create('/t/x', { data: 'a' })
  await a.setData('/t/x', 'b')
  await a.create('/t/x/y')
  await a.delete('/t/x/y')
  await a.delete('/t/x')
  await a.create2('/t/x', { data: 'c' })
  await a.getData('/t/x')
})

plain('the parent of a setData does not change', async s => {
  const a = await s.client('a')
  await a.create('/t/x')
  await a.exists('/t')
  await a.setData('/t/x', 'd')
  await a.setAcl('/t/x', [acl(31, 'world', 'anyone')])
  await a.exists('/t')
  await a.exists('/t/x')
})

plain('setACL counts aversion and leaves mzxid and version', async s => {
  const a = await s.client('a')
  await a.create('/t/x')
  await a.setAcl('/t/x', [acl(1, 'world', 'anyone')], 0)
  await a.getAcl('/t/x')
  await a.exists('/t/x')
  await a.setAcl('/t/x', [acl(31, 'world', 'anyone')])
})

plain('getAllChildrenNumber counts the whole subtree', async s => {
  const a = await s.client('a')
  await a.getAllChildrenNumber('/t')
  for (const path of ['/t/a', '/t/a/b', '/t/a/b/c', '/t/d', '/t/ab']) await a.create(path)
  await a.getAllChildrenNumber('/t')
  await a.getAllChildrenNumber('/t/a')
  await a.getAllChildrenNumber('/t/a/b/c')
})

plain('sync answers with its path, for any node', async s => {
  const a = await s.client('a')
  await a.sync('/')
  await a.sync('/t')
  await a.create('/t/x')
  await a.sync('/t/x')
})

plain('getEphemerals lists the ephemerals of this session below a prefix', async s => {
  const a = await s.client('a')
  const b = await s.client('b')
  await a.create('/t/p')
  await a.create('/t/p/e1', { flags: 1 })
  await a.create('/t/p/e2', { flags: 3 })
  await a.create('/t/pe', { flags: 1 })
  await b.create('/t/p/other', { flags: 1 })
  await a.getEphemerals('/')
  await a.getEphemerals('/t/p')
  await a.getEphemerals('/t/p/')
  await a.getEphemerals('/t/p/e1')
  await a.getEphemerals('/no')
  await a.getEphemerals('')
  await b.getEphemerals('/')
})

plain('requests in one write are answered in their order', async s => {
  const a = await s.client('a')
  const xids: number[] = []
  const { OpCode } = await import('@menagerie/core/jute')
  const { createBody, pathWatchBody, setDataBody } = await import('../../support/requests.js')
  xids.push(a.send(OpCode.create, createBody('/t/x', { data: '0' })))
  for (let i = 1; i <= 20; i++) {
    xids.push(a.send(OpCode.setData, setDataBody('/t/x', String(i), -1)))
    xids.push(a.send(OpCode.getData, pathWatchBody('/t/x', false)))
    xids.push(a.send(OpCode.exists, pathWatchBody('/t/no', false)))
  }
  await a.until(xids.at(-1) as number)
})

plain('xids need not rise, and may be any number that is not reserved', async s => {
  const { OpCode } = await import('@menagerie/core/jute')
  const { pathWatchBody } = await import('../../support/requests.js')
  const a = await s.client('a')
  for (const xid of [5, 5, 3, 0, 2147483647, -3, -5, -9, -2147483648]) {
    await a.call(OpCode.exists, pathWatchBody('/t', false), xid)
  }
})

plain('getEphemerals takes a prefix of blanks for none, of those that Java trims', async s => {
  const a = await s.client('a')
  await a.create('/t/e', { flags: 1 })
  for (const prefix of [' ', '\t\n', '\u0000', '\u001f/', ' / ', '\u00a0', '\u2003', '\ufeff', ' /t', '/t '])
    await a.getEphemerals(prefix)
})
