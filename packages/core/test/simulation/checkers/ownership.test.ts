import { OpCode } from '@menagerie/core/jute'
import { checkOwnership } from '@menagerie/core/simulation'
import t from 'tap'
import { HistoryBuilder, messages } from './build.js'

const SESSION_MOVED = -118
const setData = { kind: 'setData', path: '/a', data: 'x', version: -1 } as const
const movedTxn = { type: OpCode.error, code: SESSION_MOVED } as const

t.test('SessionMoved is a fair answer at the server that a client has left', async t => {
  for (const how of ['asked there and came back', 'asked there while the request was under way']) {
    const history = new HistoryBuilder(1n)
    if (how === 'asked there and came back') {
      history.session(1n, 'asked', 2)
      history.session(1n, 'asked', 1)
    }
    const write = history.ask(setData)
    if (how !== 'asked there and came back') history.session(1n, 'asked', 2)
    history.commit(1n, movedTxn, write.xid)
    history.answer(write, { code: SESSION_MOVED, zxid: 2 })
    t.strictSame(checkOwnership(history), [], how)
  }
})

t.test('a client that stayed at one server and is told SessionMoved is told of', async t => {
  const history = new HistoryBuilder(1n, 2n)
  // It came back to the same server; and another client has moved.
  history.session(1n, 'asked', 1)
  history.session(2n, 'asked', 2)
  const write = history.ask(setData)
  history.commit(1n, movedTxn, write.xid)
  history.answer(write, { code: SESSION_MOVED, zxid: 3 })
  t.match(messages(checkOwnership(history)), [/SessionMoved, and the client had been at server 1 only: client 1/])
})

t.test('a refusal whose answer was lost is judged as of its transaction', async t => {
  const history = new HistoryBuilder(1n)
  const write = history.ask(setData)
  history.commit(1n, movedTxn, write.xid)
  history.session(1n, 'asked', 2)
  t.match(messages(checkOwnership(history)), [/the client had been at server 1 only/])
})

t.test('a session that two clients were given is told of', async t => {
  const history = new HistoryBuilder(1n)
  history.session(1n, 'opened', 2)
  t.match(messages(checkOwnership(history)), [/server 2 gave client 1 session 0x1, which is that of client 1/])
})

t.test('a client that is refused wherever it comes to is told of, and one that was refused twice is not', async t => {
  const refusedOn = (history: HistoryBuilder, ...connections: number[]) => {
    for (const connection of connections) history.read(setData, { code: SESSION_MOVED, zxid: 2 }, { connection })
  }
  const builder = () => {
    const history = new HistoryBuilder(1n)
    history.session(1n, 'asked', 2)
    return history
  }
  const fair = builder()
  // Both requests of the second connection were under way.
  refusedOn(fair, 1, 2, 2)
  fair.set('/a', 'x', { connection: 3 })
  refusedOn(fair, 3, 4)
  t.strictSame(checkOwnership(fair), [])
  const unfair = builder()
  refusedOn(unfair, 1, 2, 3)
  t.match(messages(checkOwnership(unfair)), [/SessionMoved on 3 connections in a row, and no other answer between/])
})
