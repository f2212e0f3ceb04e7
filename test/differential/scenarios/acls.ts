import { acl, op } from '../../support/requests.js'
import { plain } from '../define.js'

// user:password is user:tpUq/4Pn5A64fVZyQ0gOJ8ZWqkY= under SHA1
const USER = 'user:tpUq/4Pn5A64fVZyQ0gOJ8ZWqkY='
const anyone = (perms: number) => acl(perms, 'world', 'anyone')
const NAMES = ['READ', 'WRITE', 'CREATE', 'DELETE', 'ADMIN'] as const

for (const [bit, name] of NAMES.entries()) {
  plain(`what a client may do with ${name} alone`, async s => {
    const a = await s.client('a')
    await a.create('/t/x', { acl: [anyone(1 << bit)], data: 'd' })
    await a.exists('/t/x')
    await a.getData('/t/x')
    await a.getChildren('/t/x')
    await a.getChildren2('/t/x')
    await a.getAllChildrenNumber('/t/x')
    await a.getAcl('/t/x')
    await a.sync('/t/x')
    await a.addWatch('/t/x', 0)
    await a.create('/t/x/c')
    await a.create('/t/x/c2', { flags: 1 })
    await a.setData('/t/x', 'e')
    await a.delete('/t/x/c')
    await a.multiRead(op.getData('/t/x'), op.getChildren('/t/x'))
    await a.multi(op.check('/t/x', 0))
    await a.multi(op.setData('/t/x', 'f'))
    await a.multi(op.create('/t/x/d'))
    await a.multi(op.delete('/t/x/d'))
    await a.setAcl('/t/x', [anyone(31)])
    await a.delete('/t/x')
  })
  plain(`what a client may do with all but ${name}`, async s => {
    const a = await s.client('a')
    await a.create('/t/x', { acl: [anyone(31 & ~(1 << bit))], data: 'd' })
    await a.exists('/t/x')
    await a.getData('/t/x')
    await a.getChildren2('/t/x')
    await a.getAllChildrenNumber('/t/x')
    await a.getAcl('/t/x')
    await a.create('/t/x/c')
    await a.setData('/t/x', 'e')
    await a.delete('/t/x/c')
    await a.multi(op.check('/t/x', 1))
    await a.setAcl('/t/x', [anyone(31)])
    await a.exists('/t/x')
  })
}

plain('a digest opens what it was set for, and auth stands for all identities', async s => {
  const a = await s.client('a')
  const b = await s.client('b')
  await a.whoAmI()
  await a.auth('digest', 'user:password')
  await a.whoAmI()
  await a.create('/t/x', { acl: [acl(31, 'auth', '')], data: 'secret' })
  await a.getAcl('/t/x')
  await b.getData('/t/x')
  await b.getAcl('/t/x')
  await b.auth('digest', 'user:wrong')
  await b.getData('/t/x')
  await b.auth('digest', 'user:password')
  await b.getData('/t/x')
  await b.getAcl('/t/x')
  await b.setAcl('/t/x', [acl(1, 'digest', USER), anyone(16)])
  await a.setData('/t/x', 'no')
  const c = await s.client('c')
  await c.getAcl('/t/x')
})

plain('digest ids are masked for who has no ADMIN', async s => {
  const a = await s.client('a')
  await a.create('/t/x', { acl: [anyone(1), acl(31, 'digest', USER), acl(2, 'digest', 'other:hash')] })
  await a.getAcl('/t/x')
  await a.auth('digest', 'user:password')
  await a.getAcl('/t/x')
})

plain('auth with several identities sets an entry for each', async s => {
  const a = await s.client('a')
  await a.auth('digest', 'user:password')
  await a.auth('digest', 'second:password')
  await a.whoAmI()
  await a.create('/t/x', { acl: [acl(3, 'auth', ''), anyone(16)] })
  await a.auth('digest', 'user:password')
  await a.whoAmI()
})

plain('the super user may all', async s => {
  const a = await s.client('a')
  await a.create('/t/x', { acl: [acl(0, 'digest', USER)] })
  await a.exists('/t/x')
  const b = await s.client('b')
  await b.auth('digest', 'super:wrong')
  await b.getData('/t/x')
  await b.auth('digest', 'super:test')
  await b.whoAmI()
  await b.getData('/t/x')
  await b.getAcl('/t/x')
  await b.create('/t/x/y')
  await b.delete('/t/x/y')
  await b.setAcl('/t/x', [anyone(31)])
  await b.create('/t/y', { acl: [acl(31, 'auth', '')] })
  await b.getAcl('/t/y')
})

for (const [label, text] of [
  ['without colon', 'nocolon'],
  ['that is empty', ''],
  ['that is null', null],
  ['with an empty password', 'user:'],
  ['with an empty user', ':password'],
  ['with two colons', 'a:b:c'],
  ['beyond ASCII', 'jürgen:straße'],
] as const) {
  plain(`auth of a digest ${label}`, async s => {
    const a = await s.client('a')
    await a.auth('digest', text)
    await a.settle()
    if (!a.connection.closed) await a.whoAmI()
  })
}

for (const scheme of ['nosuch', '', null, 'world', 'ip', 'auth', 'super', 'sasl', 'x509', 'DIGEST']) {
  plain(`auth under the scheme ${JSON.stringify(scheme)}`, async s => {
    const a = await s.client('a')
    await a.auth(scheme, 'user:password')
    await a.settle()
    if (!a.connection.closed) await a.whoAmI()
  })
}
plain('auth with a type that is not 0', async s => {
  const a = await s.client('a')
  await a.auth('digest', 'user:password', 7)
  await a.whoAmI()
})

plain('an address opens what it was set for', async s => {
  const a = await s.client('a')
  for (const [i, id] of [
    '127.0.0.1',
    '127.0.0.2',
    '127.0.0.0/8',
    '128.0.0.0/8',
    '0.0.0.0/0',
    '127.0.0.1/32',
  ].entries()) {
    await a.create(`/t/x${i}`, { acl: [acl(31, 'ip', id)] })
    await a.getData(`/t/x${i}`)
  }
})

plain('delete asks for DELETE on the parent only', async s => {
  const a = await s.client('a')
  await a.create('/t/open')
  await a.create('/t/open/locked', { acl: [acl(31, 'digest', USER)] })
  await a.delete('/t/open/locked')
  await a.create('/t/p', { acl: [anyone(4)] })
  await a.create('/t/p/x')
  await a.delete('/t/p/x')
  await a.delete('/t/p/x', 0)
  await a.delete('/t/p/none')
})

plain('setACL asks for ADMIN even of who may all else', async s => {
  const a = await s.client('a')
  await a.create('/t/x', { acl: [anyone(15)] })
  await a.setAcl('/t/x', [anyone(31)])
  await a.setAcl('/t/x', [anyone(31)], 5)
  await a.getAcl('/t/x')
})
plain('setACL takes identities of the caller for auth', async s => {
  const a = await s.client('a')
  await a.auth('digest', 'user:password')
  await a.create('/t/x')
  await a.setAcl('/t/x', [acl(31, 'auth', 'whatever'), acl(31, 'digest', USER)])
  await a.getAcl('/t/x')
  await a.setAcl('/t/x', [acl(1, 'auth', ''), acl(2, 'auth', '')])
  await a.getAcl('/t/x')
})
plain('ACLs are not inherited', async s => {
  const a = await s.client('a')
  await a.create('/t/x', { acl: [anyone(5)] })
  await a.create('/t/x/y')
  await a.setData('/t/x/y', 'd')
  await a.setData('/t/x', 'd')
})
plain('reconfig is off', async s => {
  const { OpCode } = await import('@menagerie/core/jute')
  const { reconfigBody } = await import('../../support/requests.js')
  const a = await s.client('a')
  await a.call(OpCode.reconfig, reconfigBody('server.2=127.0.0.1:1:2', null, null))
  await a.call(OpCode.reconfig, reconfigBody(null, null, null))
  await a.settle()
})
