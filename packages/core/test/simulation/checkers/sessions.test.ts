import { OpCode } from '@menagerie/core/jute'
import { checkEphemerals, checkSessions } from '@menagerie/core/simulation'
import t from 'tap'
import { createTxn, HistoryBuilder, messages, setTxn } from './build.js'

const getData = { kind: 'getData', path: '/a', watch: false } as const
const setData = { kind: 'setData', path: '/a', data: 'x', version: -1 } as const

t.test('a session whose view only advances, over several connections, is fine', async t => {
  const history = new HistoryBuilder(1n)
  history.create('/a')
  history.read(getData, { code: 0, zxid: 2 })
  history.read(getData, { code: 0, zxid: 2 }, { connection: 2 })
  history.set('/a', 'x', { connection: 2 })
  // The last requests of a connection that broke: those that took effect are the first of them.
  const done = history.ask(setData, { connection: 2 })
  history.ask(setData, { connection: 2 })
  history.commit(1n, setTxn('/a', 'x'), done.xid)
  t.strictSame(checkSessions(history), [])
})

t.test('a view that goes back is told, on another server too', async t => {
  const history = new HistoryBuilder(1n)
  history.create('/a')
  history.set('/a', 'x')
  history.read(getData, { code: 0, zxid: 2 }, { connection: 2 })
  t.match(messages(checkSessions(history)), [/shows an older state than the reply before it/])
})

t.test('requests that take effect in another order than they were sent in are told', async t => {
  const history = new HistoryBuilder(1n)
  const [first, second] = [history.ask(setData), history.ask(setData)]
  history.commit(1n, setTxn('/a', 'x'), second.xid)
  history.commit(1n, setTxn('/a', 'x'), first.xid)
  t.match(messages(checkSessions(history)), [/xid 1 \(0x3\) was committed behind xid 2/])
})

t.test('a request that takes effect though one before it on the connection did not is told', async t => {
  const history = new HistoryBuilder(1n)
  const [, second] = [history.ask(setData), history.ask(setData)]
  history.commit(1n, setTxn('/a', 'x'), second.xid)
  t.match(messages(checkSessions(history)), [/took effect though an earlier request of its connection did not/])
})

t.test('replies in another order than the requests are told', async t => {
  const history = new HistoryBuilder(1n)
  const [first, second] = [history.ask(getData), history.ask(getData)]
  history.answer(second, { code: 0, zxid: 1 })
  history.answer(first, { code: 0, zxid: 1 })
  t.match(messages(checkSessions(history)), [/was answered behind a later request/])
})

t.test('ephemerals', async t => {
  const closeTxn = (paths: readonly string[] | null) => ({ type: OpCode.closeSession, paths }) as const

  t.test('go with their session, when it is closed or has been silent for its timeout', async t => {
    for (const how of ['closed', 'expired'] as const) {
      const history = new HistoryBuilder(1n, 2n)
      history.create('/e', { ephemeral: true })
      history.timeMs = 1500
      if (how === 'closed') history.write({ kind: 'close' }, closeTxn(['/e']))
      else history.commit(1n, closeTxn(['/e']), 0)
      history.session(1n, how)
      history.held.delete(1n)
      t.strictSame(checkEphemerals(history), [])
    }
  })

  t.test('that a closed session leaves behind are told', async t => {
    const history = new HistoryBuilder(1n)
    history.create('/e', { ephemeral: true })
    history.write({ kind: 'close' }, closeTxn([]))
    history.held.delete(1n)
    history.final(1, 4, { '/e': { owner: 1n } })
    t.match(messages(checkEphemerals(history)), [
      /the end of session 0x1 at 0x3 removes \[\], and it owned \[\/e\]/,
      /server 1 still has \/e of session 0x1, which is no more/,
    ])
  })

  t.test('of a session that ends too early are told', async t => {
    const history = new HistoryBuilder(1n)
    history.create('/e', { ephemeral: true })
    history.timeMs = 2000
    history.read({ kind: 'ping' }, { code: 0, zxid: 2 })
    history.timeMs = 2500
    history.commit(1n, closeTxn(['/e']), 0)
    history.held.delete(1n)
    t.match(messages(checkEphemerals(history)), [/expired at 0x3 after 500 ms of silence; its timeout is 1000 ms/])
  })

  t.test('of a session that goes on after its end are told', async t => {
    const history = new HistoryBuilder(1n)
    history.write({ kind: 'close' }, closeTxn([]))
    history.commit(1n, createTxn('/e', true), 2)
    history.held.delete(1n)
    t.match(messages(checkEphemerals(history)), [/transaction 0x3 of session 0x1 behind its end at 0x2/])
  })

  t.test(
    'of a client that is told of an end that never comes, or that is gone and never expires, are told',
    async t => {
      const history = new HistoryBuilder(1n)
      history.session(1n, 'expired')
      history.held.delete(1n)
      t.match(messages(checkEphemerals(history)), [
        /was told that session 0x1 is no more/,
        /session 0x1 is still there/,
      ])
    },
  )
})
