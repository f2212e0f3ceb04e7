import { readFileSync } from 'node:fs'
import t from 'tap'
import { JuteWriter, OpCode } from '../../dist/jute/index.js'
import { sessionPassword } from '../../dist/sessions/password.js'
import { writeTxn } from '../../dist/tree/txn.js'
import { freshTree, inconsistencies, pathsOf, readTxn } from './support.js'

/** What a server was told and logged: each operation of the protocol, refused ones included. */
const recorded: { sessions: { id: string; password: string }[]; log: string[] } = JSON.parse(
  readFileSync(new URL('../../test/tree/fixtures/apache-3.8.0.json', import.meta.url), 'utf8'),
)
const records = recorded.log.map(hex => new Uint8Array(Buffer.from(hex, 'hex')))

t.test('each transaction that Apache logged leads to the digest that Apache logged with it', async t => {
  const { tree } = freshTree()
  let compared = 0
  for (const bytes of records) {
    const { header, txn, digest } = readTxn(bytes)
    tree.apply(header, txn)
    if (digest === null) continue
    t.strictSame(
      { version: 2, high: tree.digest.high, low: tree.digest.low },
      digest,
      `zxid ${header.zxid}, type ${txn.type}`,
    )
    compared++
  }
  t.ok(compared > 30, `${compared} digests compared`)
  t.strictSame(inconsistencies(tree), [])
  t.ok(pathsOf(tree).includes('/ünïcode'))
  t.notOk(
    pathsOf(tree).some(path => path.startsWith('/f')),
    'nothing is left of the failed multi',
  )
})

t.test('what is read of a record is written as the same bytes', async t => {
  for (const bytes of records) {
    const { header, txn, digest } = readTxn(bytes)
    const writer = new JuteWriter()
    writeTxn(writer, header, txn, digest)
    t.strictSame(writer.take(), bytes, `type ${txn.type}`)
  }
})

t.test('quotas are counted as Apache counts them', async t => {
  const { tree } = freshTree()
  for (const bytes of records) {
    const { header, txn } = readTxn(bytes)
    tree.apply(header, txn)
  }
  const usage = tree.dataOf(tree.find('/zookeeper/quota/a/zookeeper_stats'))
  t.match(new TextDecoder().decode(usage!), /^count=\d+,bytes=\d+$/)
})

t.test('passwords are those that Apache gave', async t => {
  for (const { id, password } of recorded.sessions) {
    t.equal(Buffer.from(sessionPassword(BigInt(id))).toString('hex'), password)
  }
})

t.test('the log holds every type of transaction that a client can cause', async t => {
  const types = new Set<number>(records.map(bytes => readTxn(bytes).txn.type))
  const { create, create2, createContainer, createTTL, setData, setACL, createSession, closeSession, error, multi } =
    OpCode
  for (const type of [
    create,
    create2,
    createContainer,
    createTTL,
    OpCode.delete,
    setData,
    setACL,
    createSession,
    closeSession,
    error,
    multi,
  ]) {
    t.ok(types.has(type), `type ${type}`)
  }
})
