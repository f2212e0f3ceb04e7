import t from 'tap'
import { JuteReader, JuteWriter, MarshallingError, OpCode } from '../../dist/jute/index.js'
import { readWriteRequest } from '../../dist/requests/write-request.js'

/** A multi of one create, whose list of ACLs is null or of another length that is given, without entries. */
function multiOf(type: number, flags: number, aclLength: number): JuteReader {
  const writer = new JuteWriter(64)
  const header = (opcode: number, done: boolean) => {
    writer.int(opcode)
    writer.bool(done)
    writer.int(-1)
  }
  header(type, false)
  writer.ustring('/a')
  writer.buffer(null)
  writer.int(aclLength)
  writer.int(flags)
  if (type === OpCode.createTTL) writer.long(1000)
  header(-1, true)
  const bytes = writer.take()
  const reader = new JuteReader()
  reader.reset(bytes, 0, bytes.length)
  return reader
}

t.test('a multi with a create whose ACL is null cannot be read, and takes no zxid', async t => {
  for (const type of [OpCode.create, OpCode.create2, OpCode.createContainer]) {
    t.throws(() => readWriteRequest(OpCode.multi, multiOf(type, 0, -1)), MarshallingError, `opcode ${type}`)
    t.match(readWriteRequest(OpCode.multi, multiOf(type, 0, 0)), { type: OpCode.multi }, `opcode ${type}, empty list`)
  }
})

t.test('a multi with a createTTL whose ACL is null is read: it is refused in its turn', async t => {
  t.match(readWriteRequest(OpCode.multi, multiOf(OpCode.createTTL, 5, -1)), { type: OpCode.multi })
})

t.test('a multi with flags that mean nothing cannot be read, and takes a zxid', async t => {
  t.strictSame(readWriteRequest(OpCode.multi, multiOf(OpCode.create, 7, -1)), { type: OpCode.error })
})
