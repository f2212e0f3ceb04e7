import { KeeperCode, OpCode } from '@menagerie/core/jute'
import { checkWrites } from '@menagerie/core/simulation'
import t from 'tap'
import { createTxn, HistoryBuilder, messages, setTxn, stat } from './build.js'

t.test('writes in the order of their zxids, with the answers that this order gives, are fine', async t => {
  const history = new HistoryBuilder(1n, 2n)
  history.create('/a')
  history.set('/a', 'x', { session: 2n, connection: 2 })
  history.delete('/a')
  const refused = history.ask({ kind: 'setData', path: '/a', data: 'y', version: -1 })
  const zxid = history.commit(1n, { type: OpCode.error, code: KeeperCode.NoNode }, refused.xid)
  history.answer(refused, { code: KeeperCode.NoNode, zxid })
  // Sent, and never answered: it may have happened or not.
  history.ask({ kind: 'create', path: '/b', data: '', mode: 'persistent' })
  t.strictSame(checkWrites(history), [])
})

t.test('a write that had been answered before another was asked for must come first', async t => {
  const history = new HistoryBuilder(1n, 2n)
  const first = history.ask({ kind: 'create', path: '/a', data: '/a', mode: 'persistent' })
  const zxid = history.commit(2n, createTxn('/b'), 1, 3)
  history.commit(1n, createTxn('/a'), first.xid, 4)
  history.answer(first, { code: 0, zxid: 4, path: '/a' })
  const second = history.ask(
    { kind: 'create', path: '/b', data: '/b', mode: 'persistent' },
    { session: 2n, connection: 2 },
  )
  history.answer(second, { code: 0, zxid, path: '/b' })
  const found = messages(checkWrites(history))
  t.match(found.join('\n'), /comes before what had been answered when it was asked for/)
  t.match(found.join('\n'), /came before its request/)
})

t.test('an answer without its transaction, or ahead of it, is told', async t => {
  const none = new HistoryBuilder(1n)
  none.read({ kind: 'create', path: '/a', data: '', mode: 'persistent' }, { code: 0, zxid: 9, path: '/a' })
  t.match(messages(checkWrites(none)), [/answered by a transaction that was not committed for it/])

  const early = new HistoryBuilder(1n)
  const write = early.ask({ kind: 'create', path: '/a', data: '', mode: 'persistent' })
  early.answer(write, { code: 0, zxid: 2, path: '/a' })
  early.commit(1n, createTxn('/a'), write.xid)
  t.match(messages(checkWrites(early)), [/answered before it was committed/])
})

t.test('an answer that the state before does not give is told', async t => {
  const lostUpdate = new HistoryBuilder(1n)
  lostUpdate.create('/a')
  const write = lostUpdate.ask({ kind: 'setData', path: '/a', data: 'x', version: 3 })
  const zxid = lostUpdate.commit(1n, setTxn('/a', 'x'), write.xid)
  lostUpdate.answer(write, { code: 0, zxid, stat: stat({ version: 1, czxid: 2, mzxid: zxid }) })
  t.match(messages(checkWrites(lostUpdate)), [/code 0 where the state before gives -103/])

  const wrongName = new HistoryBuilder(1n)
  const create = wrongName.ask({ kind: 'create', path: '/s-', data: '', mode: 'persistentSequential' })
  wrongName.commit(1n, createTxn('/s-0000000007'), create.xid)
  wrongName.answer(create, { code: 0, zxid: 2, path: '/s-0000000007' })
  t.match(messages(checkWrites(wrongName)), [/created \/s-0000000007 where the state before gives \/s-0000000000/])

  const wrongStat = new HistoryBuilder(1n)
  const set = wrongStat.ask({ kind: 'create', path: '/a', data: '', mode: 'persistent' })
  wrongStat.commit(1n, createTxn('/a'), set.xid)
  wrongStat.answer(set, { code: 0, zxid: 2, path: '/a', stat: stat({ czxid: 2, mzxid: 1 }) })
  t.match(messages(checkWrites(wrongStat)), [/a Stat of version 0, mzxid 0x1/])
})

t.test('a multi that is refused tells which part it was, and changes nothing', async t => {
  const history = new HistoryBuilder(1n)
  history.create('/a')
  const parts = [
    { kind: 'setData', path: '/a', data: 'x', version: -1 },
    { kind: 'delete', path: '/none', version: -1 },
    { kind: 'check', path: '/a', version: 0 },
  ] as const
  const error = (code: number) => ({ type: OpCode.error, code }) as const
  const codes = [0, KeeperCode.NoNode, KeeperCode.RuntimeInconsistency]
  const multi = history.ask({ kind: 'multi', parts })
  const zxid = history.commit(1n, { type: OpCode.multi, txns: codes.map(error) }, multi.xid)
  history.answer(multi, { code: 0, zxid, results: codes.map(code => ({ code, zxid })) })
  history.set('/a', 'y')
  t.strictSame(checkWrites(history), [])

  multi.reply = { code: 0, zxid, results: [0, 0, 0].map(code => ({ code, zxid })) }
  t.match(messages(checkWrites(history)), [/parts gave 0,0,0 where the state before gives 0,-101,-2/])
})

t.test('nothing is committed twice, and nothing that nobody asked for', async t => {
  const twice = new HistoryBuilder(1n)
  twice.create('/a')
  twice.commit(1n, createTxn('/a'), 1)
  t.match(messages(checkWrites(twice)), [/xid 1 of session 0x1 was committed twice, the second time as 0x3/])

  const invented = new HistoryBuilder(1n)
  invented.commit(1n, createTxn('/a'), 5)
  t.match(messages(checkWrites(invented)), [/transaction 0x2 is of a request that nobody sent/])
})
