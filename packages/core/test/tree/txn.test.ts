import t from 'tap'
import { JuteWriter, MarshallingError, OpCode } from '../../dist/jute/index.js'
import { type SubTxn, type Txn, TxnReader, UnknownTxnType, writeTxn } from '../../dist/tree/txn.js'
import { Seeded } from '../seeded.js'
import { ACLS, header, readTxn } from './support.js'

const DIGEST = { version: 2, high: 7, low: 0xfedcba98 }
const DATA = new Uint8Array([1, 2])

const SUBS: SubTxn[] = [
  { type: OpCode.create, path: '/a', data: DATA, acl: ACLS[3], ephemeral: true, parentCVersion: 5, ttlMs: 0 },
  { type: OpCode.create2, path: '/ü', data: null, acl: null, ephemeral: false, parentCVersion: -3, ttlMs: 0 },
  { type: OpCode.createContainer, path: '/c', data: DATA, acl: [], ephemeral: false, parentCVersion: 5, ttlMs: 0 },
  {
    type: OpCode.createTTL,
    path: '/t',
    data: DATA,
    acl: ACLS[0],
    ephemeral: false,
    parentCVersion: 5,
    ttlMs: 2 ** 40 - 1,
  },
  { type: OpCode.delete, path: '/a' },
  { type: OpCode.deleteContainer, path: '/c' },
  { type: OpCode.setData, path: '/a', data: new Uint8Array(0), version: -5 },
  { type: OpCode.reconfig, path: '/zookeeper/config', data: DATA, version: -1 },
  { type: OpCode.setACL, path: '/a', acl: ACLS[3], version: 2 },
  { type: OpCode.check, path: '/a', version: 3 },
  { type: OpCode.error, code: -101 },
]
const ALL: Txn[] = [
  ...SUBS,
  { type: OpCode.createSession, timeoutMs: 30_000 },
  { type: OpCode.closeSession, paths: [] },
  { type: OpCode.closeSession, paths: ['/e', '/a/b'] },
  { type: OpCode.closeSession, paths: ['/abc'] },
  { type: OpCode.closeSession, paths: null },
  { type: OpCode.multi, txns: [] },
  { type: OpCode.multi, txns: SUBS },
]

function written(txn: Txn, digest: typeof DIGEST | null): Uint8Array {
  const writer = new JuteWriter()
  writeTxn(writer, header(0x5_0000_0007, -2n, 1_700_000_000_123), txn, digest)
  return writer.take()
}

t.test('every type reads back as it was written, with a digest and without', async t => {
  for (const txn of ALL) {
    for (const digest of [DIGEST, null]) {
      const entry = readTxn(written(txn, digest))
      t.strictSame(entry, { header: header(0x5_0000_0007, -2n, 1_700_000_000_123), txn, digest }, JSON.stringify(txn))
    }
  }
})

t.test('one reader of many transactions mixes up nothing, and reads runs of one ACL as one list', async t => {
  const random = new Seeded(6)
  const reader = new TxnReader()
  let last: Txn = ALL[0]
  for (let i = 0; i < 2000; i++) {
    const txn = random.pick(ALL)
    const read = reader.read(written(txn, random.chance(2) ? DIGEST : null)).txn
    if (JSON.stringify(read) !== JSON.stringify(txn)) return t.strictSame(read, txn)
    if (last.type === OpCode.setACL && read.type === OpCode.setACL && last.acl !== read.acl)
      t.fail('one ACL, two lists')
    last = read
  }
})

t.test('a range within more bytes is read alone', async t => {
  const bytes = written(SUBS[0], null)
  const around = new Uint8Array(Buffer.concat([Buffer.alloc(5, 9), bytes, Buffer.alloc(20, 9)]))
  t.strictSame(readTxn(around.subarray(5, 5 + bytes.length)), readTxn(bytes))
})

t.test('a create from before 3.4 has no counter of its parent', async t => {
  const bytes = written(SUBS[0], null)
  const { txn, digest } = readTxn(bytes.subarray(0, bytes.length - 4))
  t.strictSame(txn, { ...SUBS[0], parentCVersion: -1 })
  t.equal(digest, null)
})

t.test('a closeSession that is not listed keeps its digest apart from a list', async t => {
  for (const high of [0, 1, 7, 0x10000]) {
    const digest = { version: 2, high, low: 12345 }
    t.strictSame(readTxn(written({ type: OpCode.closeSession, paths: null }, digest)).digest, digest)
  }
})

t.test('types that no server logs are refused, in a multi too', async t => {
  const multi = (type: number) => {
    const writer = new JuteWriter()
    writer.raw(written({ type: OpCode.multi, txns: [] }, null).subarray(0, 32))
    writer.int(1)
    writer.int(type)
    writer.buffer(new Uint8Array([0, 0, 0, 0]))
    return writer.take()
  }
  for (const type of [OpCode.multi, OpCode.createSession, OpCode.closeSession, 99]) {
    t.throws(() => readTxn(multi(type)), { name: 'UnknownTxnType', type }, `${type} in a multi`)
  }
  const unknown = Buffer.from(written(SUBS[4], null))
  unknown.writeInt32BE(77, 28)
  t.throws(() => readTxn(unknown), { name: 'UnknownTxnType', message: 'transaction of unknown type 77' })
})

t.test('a transaction cut short anywhere throws a MarshallingError or leaves out its digest', async t => {
  for (const txn of ALL) {
    const bytes = written(txn, null)
    for (let length = 0; length < bytes.length; length++) {
      // A closeSession and an old create end earlier.
      if (
        txn.type === OpCode.closeSession ||
        ((txn.type === OpCode.create || txn.type === OpCode.create2) && length >= bytes.length - 4)
      )
        continue
      t.throws(
        () => readTxn(bytes.subarray(0, length)),
        MarshallingError,
        `type ${txn.type}, ${length} of ${bytes.length}`,
      )
    }
  }
})

t.test('wrong bytes anywhere read as something else or throw what the loader knows', async t => {
  const random = new Seeded(5)
  for (const txn of ALL) {
    const bytes = written(txn, DIGEST)
    for (let i = 0; i < 300; i++) {
      const damaged = bytes.slice()
      for (let n = 1 + random.below(4); n > 0; n--) damaged[28 + random.below(bytes.length - 28)] = random.next()
      try {
        readTxn(damaged)
      } catch (error) {
        if (!(error instanceof MarshallingError || error instanceof UnknownTxnType))
          t.fail(`type ${txn.type}: ${error}`)
      }
    }
  }
})
