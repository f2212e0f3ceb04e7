import { KeeperCode } from '@menagerie/core/jute'
import { checkRegisters } from '@menagerie/core/simulation'
import t from 'tap'
import { HistoryBuilder, stat } from './build.js'

const create = (data: string) => ({ kind: 'create', path: '/r', data, mode: 'persistent' }) as const
const set = (data: string, version = -1) => ({ kind: 'setData', path: '/r', data, version }) as const
const get = { kind: 'getData', path: '/r', watch: false } as const
const sync = { kind: 'sync', path: '/r' } as const
const other = { session: 2n, connection: 2 }
const violations = (history: HistoryBuilder): number => checkRegisters(history, ['/r']).length

t.test('finds an order for writes that overlap, whichever it was', async t => {
  for (const last of ['x', 'y']) {
    const history = new HistoryBuilder()
    history.read(create(''), { code: 0, zxid: 0 })
    const [x, y] = [history.ask(set('x')), history.ask(set('y'), other)]
    history.answer(x, { code: 0, zxid: 0, stat: stat({ version: last === 'x' ? 2 : 1 }) })
    history.answer(y, { code: 0, zxid: 0, stat: stat({ version: last === 'x' ? 1 : 2 }) })
    history.read(sync, { code: 0, zxid: 0 })
    history.read(get, { code: 0, zxid: 0, data: last, stat: stat({ version: 2 }) })
    t.equal(violations(history), 0)
  }
})

t.test(
  'finds no order for a read behind a sync that misses a write, nor for a write that others overwrote unseen',
  async t => {
    const stale = new HistoryBuilder()
    stale.read(create(''), { code: 0, zxid: 0 })
    stale.read(set('x'), { code: 0, zxid: 0 })
    stale.read(sync, { code: 0, zxid: 0 }, other)
    stale.read(get, { code: 0, zxid: 0, data: '' }, other)
    t.equal(violations(stale), 1)

    const lost = new HistoryBuilder()
    lost.read(create(''), { code: 0, zxid: 0 })
    lost.read(set('x', 0), { code: 0, zxid: 0 })
    lost.read(set('y', 0), { code: 0, zxid: 0 }, other)
    t.equal(violations(lost), 1)
  },
)

t.test('a read without a sync may be stale', async t => {
  const history = new HistoryBuilder()
  history.read(create(''), { code: 0, zxid: 0 })
  history.read(set('x'), { code: 0, zxid: 0 })
  history.read(get, { code: 0, zxid: 0, data: '' }, other)
  t.equal(violations(history), 0)
})

t.test('a write without an answer may have happened, then or later, or never', async t => {
  const unanswered = (seen: string[]): number => {
    const history = new HistoryBuilder()
    history.read(create(''), { code: 0, zxid: 0 })
    history.ask(set('x'))
    for (const data of seen) {
      history.read(sync, { code: 0, zxid: 0 }, other)
      history.read(get, { code: 0, zxid: 0, data }, other)
    }
    return violations(history)
  }
  t.equal(unanswered(['', 'x', 'x']), 0)
  t.equal(unanswered(['', '']), 0)
  t.equal(unanswered(['x', '']), 1)
})

t.test('a request that was refused because its session had ended counts for nothing', async t => {
  const history = new HistoryBuilder()
  history.read(create(''), { code: 0, zxid: 0 })
  history.read(set('x'), { code: KeeperCode.SessionExpired, zxid: 0 })
  history.read(sync, { code: 0, zxid: 0 }, other)
  history.read(get, { code: 0, zxid: 0, data: '' }, other)
  t.equal(violations(history), 0)
})
