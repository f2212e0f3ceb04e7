import { KeeperCode } from '@menagerie/core/jute'
import { checkReads, checkSyncReads } from '@menagerie/core/simulation'
import t from 'tap'
import { HistoryBuilder, messages, stat } from './build.js'

const getData = { kind: 'getData', path: '/a', watch: false } as const

t.test('a read shows the state at the zxid of its reply, which may be an old one', async t => {
  const history = new HistoryBuilder(1n)
  const created = history.create('/a')
  const changed = history.set('/a', 'x')
  const znode = { czxid: created, pzxid: created }
  history.read(getData, { code: 0, zxid: created, data: '/a', stat: stat({ ...znode, mzxid: created }) })
  history.read(getData, { code: 0, zxid: changed, data: 'x', stat: stat({ ...znode, mzxid: changed, version: 1 }) })
  history.read(getData, { code: KeeperCode.NoNode, zxid: 1 })
  t.strictSame(checkReads(history), [])
})

t.test('a read that mixes states, or sees what is not there, is told', async t => {
  const history = new HistoryBuilder(1n)
  const created = history.create('/a')
  const changed = history.set('/a', 'x')
  const now = { czxid: created, pzxid: created, mzxid: changed, version: 1 }
  history.read(getData, { code: 0, zxid: changed, data: '/a', stat: stat(now) })
  history.read(getData, { code: 0, zxid: changed, data: 'x', stat: stat({ ...now, version: 0 }) })
  history.read(getData, { code: KeeperCode.NoNode, zxid: changed })
  history.read(getData, { code: 0, zxid: 1, data: '/a', stat: stat(now) })
  history.read(
    { kind: 'getChildren', path: '/', watch: false },
    { code: 0, zxid: changed, children: ['zookeeper'], stat: stat({ pzxid: created, cversion: 0, numChildren: 2 }) },
  )
  t.match(messages(checkReads(history)), [
    /^data "\/a" where the state at that zxid has "x"/,
    /^version 0x0 where the state at that zxid has 0x1/,
    /^code -101 for a znode that was there/,
    /^code 0 for a znode that was not there/,
    /^children "zookeeper" where the state at that zxid has "a,zookeeper"/,
  ])
})

t.test('a read behind a sync shows what had been acknowledged before the sync', async t => {
  const other = { session: 2n, connection: 2 }
  const history = new HistoryBuilder(1n, 2n)
  history.create('/a')
  history.read({ kind: 'sync', path: '/a' }, { code: 0, zxid: 3 }, other)
  history.read(getData, { code: 0, zxid: 3 }, other)
  // Acknowledged behind the sync: it need not show.
  history.set('/a', 'x')
  history.read(getData, { code: 0, zxid: 3 }, other)
  t.strictSame(checkSyncReads(history), [])

  history.read({ kind: 'sync', path: '/a' }, { code: 0, zxid: 3 }, other)
  history.read(getData, { code: 0, zxid: 3 }, other)
  t.match(messages(checkSyncReads(history)), [/does not show what had been acknowledged before/])
  t.equal(checkSyncReads(history).length, 1)
})

t.test('a read without a sync, or on a connection after it, may be stale', async t => {
  const history = new HistoryBuilder(1n, 2n)
  history.read({ kind: 'sync', path: '/a' }, { code: 0, zxid: 2 }, { session: 2n, connection: 2 })
  history.create('/a')
  history.set('/a', 'x')
  history.read(getData, { code: 0, zxid: 2 }, { session: 2n, connection: 3 })
  t.strictSame(checkSyncReads(history), [])
})
