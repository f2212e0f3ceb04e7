import { checkDurability, checkReplicas } from '@menagerie/core/simulation'
import t from 'tap'
import { HistoryBuilder, messages } from './build.js'

const a = { data: 'x', czxid: 2, mzxid: 3, pzxid: 2, version: 1 }

function twoWrites(): HistoryBuilder {
  const history = new HistoryBuilder(1n)
  history.create('/a')
  history.set('/a', 'x')
  return history
}

t.test('servers that end with what was committed are fine', async t => {
  const history = twoWrites()
  for (const server of [1, 2, 3]) history.final(server, 3, { '/a': a })
  t.strictSame([...checkDurability(history), ...checkReplicas(history)], [])
})

t.test(
  'a server that ends before an acknowledged write, without a znode, with another value or with more is told',
  async t => {
    const history = twoWrites()
    history.final(1, 2, { '/a': { ...a, data: '/a', mzxid: 2, version: 0 } })
    history.final(2, 3, {})
    history.final(3, 3, { '/a': { ...a, version: 2, cversion: 1 } })
    history.final(4, 3, { '/a': a, '/b': {} })
    t.match(messages(checkDurability(history)), [
      /server 1 ends at zxid 0x2, before what was acknowledged/,
      /server 2 has no \/a at the end, created by transaction 0x2/,
      /server 3 has version 2 at \/a at the end, where 1 was committed/,
      /server 3 counts 1 creates below \/a, where 0 were committed/,
      /server 4 has \/b at the end, which no transaction left there/,
    ])
    t.match(messages(checkReplicas(history)), [
      /server 1 ends at zxid 0x2 and server 2 at 0x3/,
      /server 1 ends at zxid 0x2 and server 3 at 0x3/,
      /server 1 ends at zxid 0x2 and server 4 at 0x3/,
    ])
  },
)

t.test('replicas that differ in a field or a znode are told', async t => {
  const history = twoWrites()
  history.final(1, 3, { '/a': a })
  history.final(2, 3, { '/a': { ...a, aversion: 1 } })
  history.final(3, 3, {})
  t.match(messages(checkReplicas(history)), [
    /aversion of \/a is 0 on server 1 and 1 on server 2/,
    /\/a is on server 1 only/,
  ])
})
