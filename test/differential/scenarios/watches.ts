import { OpCode, Xid } from '@menagerie/core/jute'
import {
  acl,
  concat,
  createBody,
  hex,
  int32,
  op,
  pathVersionBody,
  pathWatchBody,
  setDataBody,
} from '../../support/requests.js'
import { plain } from '../define.js'
import type { Stage } from '../scenario.js'

type Client = Awaited<ReturnType<Stage['client']>>
const REGISTER: Record<string, (c: Client) => Promise<unknown>> = {
  'exists on a node': c => c.exists('/t/x', true),
  'exists on a missing node': c => c.exists('/t/new', true),
  getData: c => c.getData('/t/x', true),
  'getData on a missing node': c => c.getData('/t/new', true),
  getChildren: c => c.getChildren('/t/x', true),
  getChildren2: c => c.getChildren2('/t/x', true),
  'getChildren on a missing node': c => c.getChildren('/t/new', true),
  'getChildren on the parent': c => c.getChildren('/t', true),
  'addWatch persistent': c => c.addWatch('/t/x', 0),
  'addWatch persistent on a missing node': c => c.addWatch('/t/new', 0),
  'addWatch persistent on the parent': c => c.addWatch('/t', 0),
  'addWatch recursive': c => c.addWatch('/t/x', 1),
  'addWatch recursive on the parent': c => c.addWatch('/t', 1),
  'addWatch recursive on a missing node': c => c.addWatch('/t/new', 1),
  'data and child watch together': async c => {
    await c.getData('/t/x', true)
    await c.getChildren('/t/x', true)
    await c.exists('/t/x', true)
  },
  'persistent and one-shot together': async c => {
    await c.addWatch('/t/x', 0)
    await c.getData('/t/x', true)
    await c.getChildren('/t/x', true)
  },
  'persistent and recursive together': async c => {
    await c.addWatch('/t/x', 0)
    await c.addWatch('/t/x', 1)
  },
}

for (const [label, register] of Object.entries(REGISTER)) {
  plain(`events of ${label}, to itself and to another session`, async s => {
    const a = await s.client('a')
    const b = await s.client('b')
    await a.create('/t/x')
    await a.create('/t/x/old')
    const acts: (() => Promise<unknown>)[] = [
      () => a.setData('/t/x', '1'),
      () => a.create('/t/x/c'),
      () => a.setData('/t/x/c', '2'),
      () => a.create('/t/x/c/d'),
      () => a.setAcl('/t/x', [acl(31, 'world', 'anyone')]),
      () => a.create('/t/new'),
      () => a.setData('/t/new', 'n'),
      () => a.delete('/t/x/c/d'),
      () => a.delete('/t/x/c'),
      () => a.delete('/t/x/old'),
      () => a.delete('/t/x'),
      () => a.create('/t/x'),
      () => a.delete('/t/new'),
      () => a.setData('/t/x', 'no', 99),
    ]
    for (const act of acts) {
      await register(a)
      await register(b)
      await act()
      await b.barrier()
    }
  })
  plain(`events of ${label} when it is set once`, async s => {
    const a = await s.client('a')
    const b = await s.client('b')
    await a.create('/t/x')
    await register(b)
    await a.setData('/t/x', '1')
    await a.setData('/t/x', '2')
    await a.create('/t/x/c')
    await a.create('/t/x/d')
    await a.create('/t/new')
    await a.delete('/t/new')
    await a.delete('/t/x/c')
    await a.delete('/t/x/d')
    await a.delete('/t/x')
    await a.create('/t/x')
    await a.setData('/t/x', '3')
    await b.barrier()
  })
}

plain('an event comes before the reply that shows the change', async s => {
  const a = await s.client('a')
  await a.create('/t/x')
  await a.getData('/t/x', true)
  await a.getChildren('/t', true)
  await a.setData('/t/x', '1')
  await a.create('/t/y')
  await a.getChildren('/t', true)
  await a.getData('/t/x', true)
  await a.multi(op.setData('/t/x', '2'), op.create('/t/z'), op.delete('/t/y'))
})

plain('events of pipelined writes stand between their replies', async s => {
  const a = await s.client('a')
  await a.create('/t/x')
  await a.addWatch('/t', 1)
  a.send(OpCode.setData, setDataBody('/t/x', '1', -1))
  a.send(OpCode.create, createBody('/t/x/y'))
  a.send(OpCode.setData, setDataBody('/t/x', 'no', 9))
  a.send(OpCode.delete, pathVersionBody('/t/x/y', -1))
  a.send(OpCode.getData, pathWatchBody('/t/x', true))
  await a.until(a.send(OpCode.delete, pathVersionBody('/t/x', -1)))
})

plain('a multi fires the events of its operations in their order, and a failed one none', async s => {
  const a = await s.client('a')
  const b = await s.client('b')
  await a.create('/t/x')
  await b.addWatch('/t', 1)
  await b.addWatch('/t/x', 0)
  await b.getChildren('/t', true)
  await a.multi(
    op.setData('/t/x', '1'),
    op.create('/t/a'),
    op.create('/t/x/b'),
    op.delete('/t/a'),
    op.setData('/t/x', '2'),
  )
  await b.barrier()
  await a.multi(op.setData('/t/x', '3'), op.delete('/t/none'))
  await b.barrier()
})

plain('a watch that is set twice fires once', async s => {
  const a = await s.client('a')
  await a.create('/t/x')
  for (let i = 0; i < 3; i++) await a.getData('/t/x', true)
  await a.exists('/t/x', true)
  await a.setData('/t/x', '1')
  await a.setData('/t/x', '2')
})

plain('watches of getData and getChildren on a missing node are not set', async s => {
  const a = await s.client('a')
  await a.getData('/t/x', true)
  await a.getChildren('/t/x', true)
  await a.create('/t/x')
  await a.create('/t/x/y')
})

plain('a delete tells each watcher once', async s => {
  const a = await s.client('a')
  const b = await s.client('b')
  await a.create('/t/x')
  await b.getData('/t/x', true)
  await b.getChildren('/t/x', true)
  await b.exists('/t/x', true)
  await b.getChildren('/t', true)
  await a.delete('/t/x')
  await b.barrier()
})

plain('many sessions watch one node', async s => {
  const a = await s.client('a')
  await a.create('/t/x')
  const others = []
  for (let i = 0; i < 5; i++) others.push(await s.client(`w${i}`))
  for (const other of others) await other.getData('/t/x', true)
  await a.setData('/t/x', '1')
  for (const other of others) await other.barrier()
})

plain('closing a session deletes its ephemerals and tells watchers', async s => {
  const a = await s.client('a')
  const b = await s.client('b')
  await a.create('/t/e', { flags: 1 })
  await a.create('/t/p')
  await b.exists('/t/e', true)
  await b.getChildren('/t', true)
  await b.addWatch('/t', 1)
  await a.close()
  await b.barrier()
  await b.getChildren2('/t')
})

plain('watches end with their session', async s => {
  const a = await s.client('a')
  const b = await s.client('b')
  await a.create('/t/x')
  await b.getData('/t/x', true)
  b.drop()
  await a.setData('/t/x', '1')
  await b.reconnect()
  await a.setData('/t/x', '2')
  await b.barrier()
})

plain('an event is not sent to who may not read the node', async s => {
  const a = await s.client('a')
  const b = await s.client('b')
  await a.auth('digest', 'user:password')
  await a.create('/t/x', { acl: [acl(31, 'auth', '')] })
  await b.exists('/t/x', true)
  await b.addWatch('/t', 1)
  await b.addWatch('/t/x', 0)
  await a.setData('/t/x', '1')
  await a.create('/t/x/y', { acl: [acl(31, 'auth', '')] })
  await b.barrier()
  await a.setAcl('/t/x', [acl(31, 'world', 'anyone')])
  await a.setData('/t/x', '2')
  await b.barrier()
  await a.delete('/t/x/y')
  await a.delete('/t/x')
  await b.barrier()
})

for (const mode of [2, -1, 99]) {
  plain(`addWatch with mode ${mode}`, async s => {
    const a = await s.client('a')
    await a.addWatch('/t', mode)
    await a.settle()
  })
}
plain('addWatch twice, with either mode', async s => {
  const a = await s.client('a')
  await a.addWatch('/t', 0)
  await a.addWatch('/t', 0)
  await a.create('/t/x')
  await a.addWatch('/t', 1)
  await a.create('/t/y')
  await a.addWatch('/t', 0)
  await a.create('/t/z')
})

const KINDS: Record<string, (c: Client) => Promise<unknown>> = {
  'no watch': async () => {},
  'a data watch': c => c.getData('/t/x', true),
  'an exist watch': c => c.exists('/t/none', true),
  'a child watch': c => c.getChildren('/t/x', true),
  'a persistent watch': c => c.addWatch('/t/x', 0),
  'a recursive watch': c => c.addWatch('/t/x', 1),
  'a recursive watch on the parent': c => c.addWatch('/t', 1),
  'all watches': async c => {
    await c.getData('/t/x', true)
    await c.getChildren('/t/x', true)
    await c.addWatch('/t/x', 0)
    await c.addWatch('/t/x', 1)
  },
}
for (const [label, register] of Object.entries(KINDS)) {
  plain(`checkWatches of every type with ${label}`, async s => {
    const a = await s.client('a')
    await a.create('/t/x')
    await register(a)
    for (const path of ['/t/x', '/t/none']) for (const type of [1, 2, 3, 4, 5]) await a.checkWatches(path, type)
  })
  for (const type of [1, 2, 3, 4, 5, 0, 6]) {
    plain(`removeWatches of type ${type} with ${label}`, async s => {
      const a = await s.client('a')
      const b = await s.client('b')
      await a.create('/t/x')
      await register(a)
      await register(b)
      await a.removeWatches('/t/x', type)
      await a.removeWatches('/t/none', type)
      await a.removeWatches('/t/x', type)
      await b.setData('/t/x', '1')
      await b.create('/t/x/y')
      await b.create('/t/none')
      await a.settle()
    })
  }
}
for (const type of [0, 6, -1]) {
  plain(`checkWatches of type ${type}`, async s => {
    const a = await s.client('a')
    await a.getData('/t', true)
    await a.checkWatches('/t', type)
    await a.settle()
  })
}

const none = { dataWatches: [], existWatches: [], childWatches: [] }
plain('setWatches tells what was missed before its reply', async s => {
  const a = await s.client('a')
  const b = await s.client('b')
  for (const name of ['same', 'changed', 'deleted', 'filled']) await a.create(`/t/${name}`)
  const seen = a.lastZxid
  await a.setData('/t/changed', '1')
  await a.delete('/t/deleted')
  await a.create('/t/filled/c')
  await a.create('/t/created')
  const paths = ['/t/same', '/t/changed', '/t/deleted', '/t/filled', '/t/created', '/t/none']
  await b.setWatches({ ...none, relativeZxid: seen, dataWatches: paths })
  await b.setWatches({ ...none, relativeZxid: seen, existWatches: paths })
  await b.setWatches({ ...none, relativeZxid: seen, childWatches: paths })
  for (const name of ['same', 'changed', 'filled', 'created']) await a.setData(`/t/${name}`, '2')
  for (const name of ['deleted', 'none']) await a.create(`/t/${name}`)
  for (const name of ['same', 'changed', 'filled', 'created']) await a.create(`/t/${name}/d`)
  await b.barrier()
})
plain('setWatches for a zxid that is not past yet', async s => {
  const a = await s.client('a')
  await a.create('/t/x')
  await a.setWatches({ ...none, relativeZxid: a.lastZxid + 1000, dataWatches: ['/t/x'], childWatches: ['/t/x'] })
  await a.setData('/t/x', '1')
  await a.create('/t/x/y')
})
plain('setWatches for the zxid of the change itself', async s => {
  const a = await s.client('a')
  await a.create('/t/x')
  await a.setWatches({ ...none, relativeZxid: a.lastZxid, dataWatches: ['/t/x'], childWatches: ['/t/x'] })
  await a.setWatches({ ...none, relativeZxid: a.lastZxid - 1, dataWatches: ['/t/x'], childWatches: ['/t/x'] })
})
plain('setWatches of nothing, and of null lists', async s => {
  const a = await s.client('a')
  await a.setWatches({ relativeZxid: 0, ...none })
  await a.setWatches({ relativeZxid: 0, dataWatches: null, existWatches: null, childWatches: null })
  await a.settle()
})
plain('setWatches2 sets persistent watches without a word about the past', async s => {
  const a = await s.client('a')
  const b = await s.client('b')
  await a.create('/t/x')
  const seen = a.lastZxid
  await a.setData('/t/x', '1')
  await a.create('/t/x/y')
  await b.setWatches2({
    ...none,
    relativeZxid: seen,
    dataWatches: ['/t/x'],
    persistentWatches: ['/t/x'],
    persistentRecursiveWatches: ['/t'],
  })
  await a.setData('/t/x', '2')
  await a.create('/t/x/z')
  await a.delete('/t/x/y')
  await b.barrier()
})
plain('setWatches2 of null lists', async s => {
  const a = await s.client('a')
  await a.setWatches2({
    relativeZxid: 0,
    dataWatches: null,
    existWatches: null,
    childWatches: null,
    persistentWatches: null,
    persistentRecursiveWatches: null,
  })
  await a.settle()
})
plain('setWatches of a node that the client may not read', async s => {
  const a = await s.client('a')
  const b = await s.client('b')
  await a.auth('digest', 'user:password')
  await a.create('/t/x', { acl: [acl(31, 'auth', '')] })
  const seen = a.lastZxid
  await a.setData('/t/x', '1')
  await b.setWatches({
    ...none,
    relativeZxid: seen,
    dataWatches: ['/t/x'],
    childWatches: ['/t/x'],
    existWatches: ['/t/x'],
  })
  await a.setData('/t/x', '2')
  await b.barrier()
})
plain('setWatches with a bad path', async s => {
  const a = await s.client('a')
  await a.setWatches({ ...none, relativeZxid: 0, dataWatches: ['', 'bad', '/t/'] })
  await a.settle()
})

plain('watches of a path that is null', async s => {
  const a = await s.client('a')
  const nothing = hex('ffffffff')
  const list = hex('00000002 ffffffff 00000002 2f74')
  const none = int32(0)
  await a.call(OpCode.addWatch, concat(nothing, int32(1)))
  await a.call(OpCode.addWatch, concat(nothing, int32(2)))
  const b = await s.client('b')
  for (const type of [1, 2, 3]) await b.call(OpCode.removeWatches, concat(nothing, int32(type)))
  for (const [data, exist, child] of [
    [list, none, none],
    [none, list, none],
    [none, none, list],
  ]) {
    await b.call(OpCode.setWatches, concat(hex('7fffffffffffffff'), data, exist, child), Xid.setWatches)
    await a.setData('/t', 'x')
    await b.barrier()
  }
})
