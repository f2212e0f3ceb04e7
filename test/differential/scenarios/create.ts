import { acl, op } from '../../support/requests.js'
import { extended, plain } from '../define.js'

const MODES = ['persistent', 'ephemeral', 'persistent sequential', 'ephemeral sequential', 'container'] as const

for (const [flags, mode] of MODES.entries()) {
  plain(`create makes a ${mode} node`, async s => {
    const a = await s.client('a')
    await a.create('/t/x', { data: 'hello', flags })
    await a.getChildren2('/t')
    await a.exists('/t/x')
    await a.exists('/t/x0000000000')
    await a.close()
    await (await s.client('b')).getChildren2('/t')
  })
  plain(`create2 makes a ${mode} node and answers with its Stat`, async s => {
    const a = await s.client('a')
    await a.create2('/t/x', { data: 'hello', flags })
    await a.getChildren2('/t')
  })
  plain(`a node below a ${mode} node`, async s => {
    const a = await s.client('a')
    await a.create('/t/x', { data: 'hello', flags })
    await a.create('/t/x/y')
    await a.create('/t/x0000000000/y')
    await a.getChildren2('/t/x')
  })
}

for (const flags of [-1, 5, 6, 7, 8, 255, 2147483647, -2147483648]) {
  plain(`create with flags ${flags} while extended types are off`, async s => {
    const a = await s.client('a')
    await a.create('/t/x', { flags })
    await a.create2('/t/y', { flags })
    await a.createContainer('/t/c', { flags })
    await a.createTtl('/t/z', 100_000, { flags })
    await a.getChildren2('/t')
  })
  extended(`create with flags ${flags} while extended types are on`, async s => {
    const a = await s.client('a')
    await a.create('/t/x', { flags })
    await a.create2('/t/y', { flags })
    await a.createContainer('/t/c', { flags })
    await a.getChildren2('/t')
  })
}

for (const flags of [0, 1, 2, 3]) {
  plain(`createContainer with flags ${flags}`, async s => {
    const a = await s.client('a')
    await a.createContainer('/t/c', { flags })
    await a.getChildren2('/t')
  })
}

plain('data that is null stays null, and empty stays empty', async s => {
  const a = await s.client('a')
  await a.create('/t/null', { data: null })
  await a.create('/t/empty', { data: '' })
  await a.getData('/t/null')
  await a.getData('/t/empty')
  await a.setData('/t/empty', null)
  await a.setData('/t/null', '')
  await a.getData('/t/null')
  await a.getData('/t/empty')
})

plain('data may be any bytes', async s => {
  const a = await s.client('a')
  const every = Uint8Array.from({ length: 256 }, (_, i) => i)
  await a.create('/t/x', { data: every })
  await a.getData('/t/x')
  await a.setData('/t/x', new Uint8Array(70_000).fill(7))
  await a.getData('/t/x')
})

plain('a node that exists is refused, and refusals take a zxid', async s => {
  const a = await s.client('a')
  await a.create('/t/x')
  await a.create('/t/x')
  await a.create2('/t/x')
  await a.createContainer('/t/x')
  await a.exists('/t/x')
})

plain('a missing parent is refused', async s => {
  const a = await s.client('a')
  await a.create('/t/no/x')
  await a.create('/t/no/x', { flags: 2 })
  await a.create2('/t/no/x')
  await a.create('/t/no/at/all/x')
  await a.exists('/t')
})

plain('an ephemeral node takes no children of any mode', async s => {
  const a = await s.client('a')
  await a.create('/t/e', { flags: 1 })
  for (const flags of [0, 1, 2, 3, 4]) await a.create(`/t/e/x${flags}`, { flags })
  await a.getChildren2('/t/e')
})

plain('the sequence follows the number of creates, whatever was deleted', async s => {
  const a = await s.client('a')
  await a.create('/t/q-', { flags: 2 })
  await a.create('/t/q-', { flags: 2 })
  await a.create('/t/plain')
  await a.create('/t/q-', { flags: 3 })
  await a.delete('/t/q-0000000000')
  await a.delete('/t/plain')
  await a.create('/t/q-', { flags: 2 })
  await a.create('/t/q-0000000005', { flags: 0 })
  await a.create('/t/other', { flags: 2 })
  await a.getChildren2('/t')
})

plain('a sequential name may be nothing but the number', async s => {
  const a = await s.client('a')
  await a.create('/t/', { flags: 2 })
  await a.create('/t/', { flags: 3 })
  await a.create('/t/', { flags: 0 })
  await a.create('/t/', { flags: 1 })
  await a.getChildren2('/t')
})

plain('a sequential node that exists already is refused', async s => {
  const a = await s.client('a')
  await a.create('/t/q-0000000001')
  await a.create('/t/q-', { flags: 2 })
  await a.create('/t/q-', { flags: 2 })
  await a.getChildren2('/t')
})

plain('a failed sequential create uses no number', async s => {
  const a = await s.client('a')
  await a.create('/t/q-', { flags: 2 })
  await a.create('/t/q-', { flags: 2, acl: [] })
  await a.create('/t/q-', { flags: 2 })
})

plain('the root is there already', async s => {
  const a = await s.client('a')
  await a.create('/')
  await a.create2('/', { flags: 1 })
  await a.create('/', { flags: 4 })
})

plain('nodes of the system are there', async s => {
  const a = await s.client('a')
  await a.getData('/zookeeper')
  await a.getChildren('/zookeeper')
  await a.getData('/zookeeper/quota')
  await a.getAcl('/zookeeper/quota')
  await a.getAcl('/zookeeper')
  await a.create('/zookeeper')
  await a.create('/zookeeper/quota')
})

for (const [label, list] of [
  ['null', null],
  ['empty', []],
  ['doubled', [acl(31, 'world', 'anyone'), acl(31, 'world', 'anyone')]],
  ['mixed', [acl(1, 'world', 'anyone'), acl(31, 'digest', 'u:h'), acl(1, 'world', 'anyone')]],
  ['without permissions', [acl(0, 'world', 'anyone')]],
  ['with permission bits that mean nothing', [acl(0x7fff_ffff, 'world', 'anyone')]],
  ['with negative permissions', [acl(-1, 'world', 'anyone')]],
  ['with an unknown scheme', [acl(31, 'nosuch', 'x')]],
  ['with an empty scheme', [acl(31, '', '')]],
  ['for world but not anyone', [acl(31, 'world', 'someone')]],
  ['of auth without identity', [acl(31, 'auth', '')]],
  ['of auth with a text', [acl(31, 'auth', 'ignored')]],
  ['of digest without colon', [acl(31, 'digest', 'nocolon')]],
  ['of digest with an empty user', [acl(31, 'digest', ':x')]],
  ['of digest with an empty hash', [acl(31, 'digest', 'user:')]],
  ['of digest with two colons', [acl(31, 'digest', 'a:b:c')]],
  ['of digest that is empty', [acl(31, 'digest', '')]],
  ['of an address', [acl(31, 'ip', '127.0.0.1')]],
  ['of an address range', [acl(31, 'ip', '127.0.0.0/8')]],
  ['of an address range without bits', [acl(31, 'ip', '127.0.0.1/')]],
  ['of an address range with too many bits', [acl(31, 'ip', '127.0.0.1/33')]],
  ['of an address range with no bits at all', [acl(31, 'ip', '0.0.0.0/0')]],
  ['of an address range with negative bits', [acl(31, 'ip', '127.0.0.1/-1')]],
  ['of a short address', [acl(31, 'ip', '127.0.0')]],
  ['of a long address', [acl(31, 'ip', '127.0.0.1.1')]],
  ['of an address out of range', [acl(31, 'ip', '127.0.0.256')]],
  ['of an address in letters', [acl(31, 'ip', 'localhost')]],
  ['of an IPv6 address', [acl(31, 'ip', '::1')]],
  ['of an IPv6 range', [acl(31, 'ip', 'fe80::/10')]],
  ['of super', [acl(31, 'super', 'x')]],
  ['of sasl', [acl(31, 'sasl', 'user')]],
  ['of x509', [acl(31, 'x509', 'CN=a')]],
  ['of many entries', Array.from({ length: 20 }, (_, i) => acl(1 + (i % 31), 'digest', `u${i}:h`))],
] as const) {
  plain(`create with an ACL ${label}`, async s => {
    const a = await s.client('a')
    await a.create('/t/x', { acl: list as Parameters<typeof a.setAcl>[1] })
    await a.getAcl('/t/x')
    await a.create2('/t/y', { acl: list as Parameters<typeof a.setAcl>[1] })
  })
  plain(`setACL to an ACL ${label}`, async s => {
    const a = await s.client('a')
    await a.create('/t/x')
    await a.setAcl('/t/x', list as Parameters<typeof a.setAcl>[1])
    await a.getAcl('/t/x')
    await a.exists('/t/x')
  })
}

// --- TTL and containers
for (const ttl of [1, 100_000, 1_099_511_627_775, 1_099_511_627_776, 0, -1, -100]) {
  for (const flags of [5, 6]) {
    extended(`createTTL with flags ${flags} and ttl ${ttl}`, async s => {
      const a = await s.client('a')
      await a.createTtl('/t/x', Math.abs(ttl) === 1 ? ttl * 3_600_000 : ttl, { flags, data: 'd' })
      await a.getChildren('/t')
    })
  }
}
for (const flags of [0, 1, 2, 3, 4]) {
  extended(`createTTL with flags ${flags} that take no ttl`, async s => {
    const a = await s.client('a')
    await a.createTtl('/t/x', 100_000, { flags })
    await a.getChildren('/t')
  })
}
extended('a TTL node shows no owner and takes children', async s => {
  const a = await s.client('a')
  await a.createTtl('/t/x', 3_600_000, { data: 'd' })
  await a.create('/t/x/y')
  await a.getData('/t/x')
  await a.createTtl('/t/x/q-', 3_600_000, { flags: 6 })
  await a.getEphemerals('/')
  await a.delete('/t/x')
  await a.multi(op.createTtl('/t/m', 3_600_000), op.createTtl('/t/m-', 3_600_000, { flags: 6 }))
  await a.multi(op.createTtl('/t/n', -1))
})
plain('containers are made, filled and removed by deleteContainer when empty', async s => {
  const a = await s.client('a')
  await a.createContainer('/t/c', { data: 'd' })
  await a.create('/t/c/x', { flags: 1 })
  await a.getData('/t/c')
  await a.deleteContainer('/t/c')
  await a.delete('/t/c/x')
  await a.deleteContainer('/t/c')
  await a.exists('/t/c')
})
plain('deleteContainer of what is no container', async s => {
  const a = await s.client('a')
  await a.create('/t/p')
  await a.deleteContainer('/t/p')
  await a.deleteContainer('/t/none')
  await a.deleteContainer('/')
  await a.deleteContainer('no/slash')
  await a.exists('/t/p')
})
plain('deleteContainer of a container that never had children', async s => {
  const a = await s.client('a')
  await a.createContainer('/t/c')
  await a.deleteContainer('/t/c')
  await a.exists('/t/c')
})
