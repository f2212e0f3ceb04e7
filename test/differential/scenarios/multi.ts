import { OpCode } from '@menagerie/core/jute'
import { acl, concat, hex, multiBody, multiHeader, type Operation, op, pathWatchBody } from '../../support/requests.js'
import { extended, plain } from '../define.js'
import type { Stage } from '../scenario.js'

plain('an empty multi', async s => {
  const a = await s.client('a')
  await a.multi()
  await a.multiRead()
  await a.exists('/t')
})

plain('a multi of every kind of operation takes one zxid', async s => {
  const a = await s.client('a')
  await a.create('/t/x', { data: 'd' })
  await a.multi(
    op.check('/t/x', 0),
    op.create('/t/y', { data: 'y' }),
    op.create2('/t/y/z'),
    op.createContainer('/t/c'),
    op.create('/t/q-', { flags: 2 }),
    op.create('/t/e', { flags: 1 }),
    op.setData('/t/x', 'e', 0),
    op.setData('/t/y', 'f'),
    op.delete('/t/x', 1),
  )
  await a.getChildren2('/t')
  await a.getData('/t/y')
  await a.getData('/t/y/z')
  await a.exists('/t/c')
  await a.exists('/t/e')
})

const FAILURES: readonly (readonly [label: string, operation: Operation])[] = [
  ['a check of a wrong version', op.check('/t/x', 7)],
  ['a check of a missing node', op.check('/t/no', -1)],
  ['a create of an existing node', op.create('/t/x')],
  ['a create without parent', op.create('/t/no/x')],
  ['a create with a bad path', op.create('bad')],
  ['a create with an empty ACL', op.create('/t/n', { acl: [] })],
  ['a create with flags that mean nothing', op.create('/t/n', { flags: 77 })],
  ['a create below an ephemeral node', op.create('/t/e/x')],
  ['a create of a TTL node while they are off', op.createTtl('/t/n', 1000)],
  ['a delete of a missing node', op.delete('/t/no')],
  ['a delete of a node with children', op.delete('/t/p')],
  ['a delete of the root', op.delete('/')],
  ['a delete with a wrong version', op.delete('/t/x', 9)],
  ['a setData of a missing node', op.setData('/t/no', 'd')],
  ['a setData with a wrong version', op.setData('/t/x', 'd', 4)],
  ['a create without permission', op.create('/t/locked/x')],
  ['a setData without permission', op.setData('/t/locked', 'd')],
  ['a delete without permission', op.delete('/t/locked/in')],
]
for (const [label, failure] of FAILURES) {
  for (const position of [0, 1, 2]) {
    plain(`a multi whose operation ${position + 1} of 3 is ${label} changes nothing`, async s => {
      const a = await s.client('a')
      await a.create('/t/x', { data: 'd' })
      await a.create('/t/p')
      await a.create('/t/p/c')
      await a.create('/t/e', { flags: 1 })
      await a.create('/t/locked', { acl: [acl(1, 'world', 'anyone')] })
      const operations: Operation[] = [op.create('/t/new'), op.setData('/t/x', 'changed')]
      operations.splice(position, 0, failure)
      await a.multi(...operations)
      await a.getChildren2('/t')
      await a.getData('/t/x')
      await a.create('/t/after')
    })
  }
}

plain('operations of a multi see the ones before them', async s => {
  const a = await s.client('a')
  await a.multi(op.create('/t/a'), op.create('/t/a/b'), op.setData('/t/a/b', 'x', 0), op.check('/t/a/b', 1))
  await a.multi(op.delete('/t/a/b'), op.delete('/t/a'))
  await a.multi(op.create('/t/a'), op.delete('/t/a'), op.create('/t/a', { data: 'again' }))
  await a.getData('/t/a')
  await a.multi(op.create('/t/a/b'), op.delete('/t/a'))
  await a.multi(op.setData('/t/a', '1', 0), op.setData('/t/a', '2', 0))
  await a.multi(op.setData('/t/a', '1', 0), op.setData('/t/a', '2', 1), op.check('/t/a', 2))
  await a.getData('/t/a')
})

plain('sequence numbers in a multi follow each other', async s => {
  const a = await s.client('a')
  await a.multi(op.create('/t/q-', { flags: 2 }), op.create('/t/q-', { flags: 2 }), op.create('/t/q-', { flags: 3 }))
  await a.multi(op.create('/t/q-', { flags: 2 }), op.check('/t/no', 0))
  await a.multi(op.create2('/t/q-', { flags: 2 }))
  await a.getChildren2('/t')
})

plain('two failing operations: the first one counts', async s => {
  const a = await s.client('a')
  await a.multi(op.create('/t/ok'), op.delete('/t/no'), op.create('/t/no/x'), op.create('/t/fine'))
  await a.exists('/t/ok')
})

plain('a multi of a hundred operations', async s => {
  const a = await s.client('a')
  await a.multi(...Array.from({ length: 100 }, (_, i) => op.create(`/t/n${i}`, { data: String(i) })))
  await a.exists('/t')
  await a.multi(...Array.from({ length: 100 }, (_, i) => op.delete(`/t/n${i}`, 0)))
  await a.exists('/t')
})

plain('a multi with an operation that is none of a multi', async s => {
  const a = await s.client('a')
  await a.call(OpCode.multi, multiBody([op.create('/t/x'), [OpCode.exists, pathWatchBody('/t', false)]]))
  await a.settle()
})
plain('a multi with reads', async s => {
  const a = await s.client('a')
  await a.multi(op.getData('/t'))
  await a.settle()
})
plain('a multi with an unknown opcode', async s => {
  const a = await s.client('a')
  await a.call(OpCode.multi, multiBody([[999, new Uint8Array(4)]]))
  await a.settle()
})
plain('a multi without its end', async s => {
  const a = await s.client('a')
  await a.call(OpCode.multi, multiHeader(OpCode.delete, false, -1))
  await a.settle()
})
plain('a multi whose last record is cut', async s => {
  const a = await s.client('a')
  const body = multiBody([op.create('/t/x'), op.create('/t/y')])
  await a.call(OpCode.multi, body.subarray(0, body.length - 20))
  await a.exists('/t/x')
})
plain('a multi of nothing at all', async s => {
  const a = await s.client('a')
  await a.call(OpCode.multi, new Uint8Array())
  await a.settle()
})
plain('a multi with bytes after its end', async s => {
  const a = await s.client('a')
  await a.call(OpCode.multi, concat(multiBody([op.create('/t/x')]), hex('deadbeef')))
  await a.exists('/t/x')
})

plain('multiRead answers each read on its own', async s => {
  const a = await s.client('a')
  await a.create('/t/x', { data: 'd' })
  await a.create('/t/locked', { acl: [acl(2, 'world', 'anyone')] })
  await a.multiRead(op.getData('/t/x'), op.getChildren('/t'), op.getData('/t/no'), op.getData('/t/x'))
  await a.multiRead(op.getData('/t/locked'), op.getChildren('/t/locked'))
  await a.multiRead(op.getChildren('bad'), op.getData('/t/x'))
})
plain('multiRead sets the watches that it asks for', async s => {
  const a = await s.client('a')
  await a.create('/t/x')
  await a.multiRead([OpCode.getData, pathWatchBody('/t/x', true)], [OpCode.getChildren, pathWatchBody('/t/x', true)])
  await a.setData('/t/x', 'd')
  await a.create('/t/x/y')
})
plain('multiRead with a write in it', async s => {
  const a = await s.client('a')
  await a.call(OpCode.multiRead, multiBody([op.create('/t/x')]))
  await a.exists('/t/x')
})
plain('multiRead with an operation that is none of it', async s => {
  const a = await s.client('a')
  await a.call(OpCode.multiRead, multiBody([[OpCode.exists, pathWatchBody('/t', false)]]))
  await a.settle()
})
plain('a check outside a multi', async s => {
  const a = await s.client('a')
  await a.check('/t/no', 0)
  await a.settle()
})
for (const flags of [0, 1, 2, 3, 4]) {
  plain(`creates of every opcode with flags ${flags} in a multi`, async s => {
    const a = await s.client('a')
    await a.multi(op.create('/t/a', { flags }))
    await a.multi(op.create2('/t/b', { flags }))
    await a.multi(op.createContainer('/t/c', { flags }))
    await a.getChildren2('/t')
  })
}
for (const flags of [5, 6]) {
  extended(`creates of TTL nodes with flags ${flags} in a multi`, async s => {
    const a = await s.client('a')
    await a.multi(op.createTtl('/t/d', 3_600_000, { flags }))
    await a.multi(op.create('/t/e', { flags }))
    await a.multi(op.create2('/t/e', { flags }))
    await a.getChildren2('/t')
  })
}

for (const flags of [-1, 0, 1, 2, 3, 4, 7, 77]) {
  const play = async (s: Stage) => {
    const a = await s.client('a')
    for (const ttl of [3_600_000, 0, -1]) {
      await a.multi(op.createTtl(`/t/x${ttl}`, ttl, { flags, data: 'd' }))
      await a.multi(op.check('/t', -1), op.createTtl(`/t/y${ttl}`, ttl, { flags }), op.create(`/t/z${ttl}`))
    }
    await a.getChildren2('/t')
    await a.getEphemerals('/t')
  }
  plain(`createTTL with flags ${flags} that take no ttl, in a multi`, play)
  extended(`createTTL with flags ${flags} that take no ttl, in a multi, while extended types are on`, play)
}

plain('multiRead that cannot be read to its end', async s => {
  const a = await s.client('a')
  for (const operations of [
    [op.create('/t/x'), [999, new Uint8Array(4)]],
    [op.create('/t/x'), op.getData('/t')],
    [op.getData('/t'), op.create('/t/x')],
    [op.check('/t', -1), op.setData('/t', 'x')],
  ] as const)
    await a.multiRead(...operations)
  const body = multiBody([op.create('/t/x'), op.create('/t/y')])
  for (const length of [5, 9, 20, body.length - 20, body.length - 1])
    await a.call(OpCode.multiRead, body.subarray(0, length))
  await a.exists('/t/x')
})

plain('multiRead of a path that is null', async s => {
  const a = await s.client('a')
  const nothing = hex('ffffffff00')
  await a.multiRead([OpCode.getData, nothing])
  await a.multiRead(op.getChildren('/t'), op.getData('/t/no'), [OpCode.getChildren, nothing], op.getChildren('/t'))
})
