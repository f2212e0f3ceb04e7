import { OpCode, Xid } from '@menagerie/core/jute'
import { frame } from '../../support/raw-connection.js'
import { concat, connectRequest, header, hex, int32, pathWatchBody } from '../../support/requests.js'
import { plain } from '../define.js'

for (const timeoutMs of [
  0, 1, 3999, 4000, 4001, 10_000, 39_999, 40_000, 40_001, 1_000_000_000, 2_147_483_647, -1, -2_147_483_648,
]) {
  plain(`a session timeout of ${timeoutMs} ms is clamped`, async s => {
    const a = await s.actor('a').connect({ timeoutMs })
    await a.close()
  })
}

for (const [label, readOnly] of [
  ['without the byte for read-only', null],
  ['read-write', false],
  ['read-only', true],
] as const) {
  plain(`a connect request ${label} is answered in its form`, async s => {
    const a = await s.actor('a').connect({ readOnly })
    await a.exists('/t')
    a.drop()
    await a.reconnect({ readOnly })
    await a.exists('/t')
  })
}

for (const protocolVersion of [1, -1, 2147483647]) {
  plain(`protocol version ${protocolVersion} in a connect request`, async s => {
    await s.actor('a').connect({ protocolVersion })
  })
}

for (const [label, passwd] of [
  ['null', null],
  ['empty', new Uint8Array()],
  ['short', hex('0102')],
  ['long', new Uint8Array(100)],
] as const) {
  plain(`a new session whose password is ${label}`, async s => {
    const a = await s.actor('a').connect({ passwd })
    await a.exists('/t')
  })
}

plain('a session goes on over a new connection', async s => {
  const a = await s.client('a')
  await a.create('/t/e', { flags: 1 })
  a.drop()
  await a.reconnect()
  await a.getData('/t/e')
  await a.getEphemerals('/')
  await a.close()
  await (await s.client('b')).exists('/t/e')
})

plain('a session goes on with another timeout', async s => {
  const a = await s.client('a')
  a.drop()
  await a.reconnect({ timeoutMs: 12_345 })
  await a.settle()
})

plain('a session that nobody knows', async s => {
  await s.actor('a').connect({ sessionId: 0x0123_4567_89ab_cdefn, passwd: new Uint8Array(16) })
})
plain('a session that was closed', async s => {
  const a = await s.client('a')
  const { sessionId, passwd } = a
  await a.close()
  await s.actor('b').connect({ sessionId, passwd })
})
for (const [label, passwd] of [
  ['wrong', new Uint8Array(16).fill(9)],
  ['empty', new Uint8Array()],
  ['null', null],
  ['short', hex('01')],
] as const) {
  plain(`a session with a password that is ${label}`, async s => {
    const a = await s.client('a')
    a.drop()
    const b = s.actor('b')
    await b.connect({ sessionId: a.sessionId, passwd })
    await a.reconnect()
    await a.exists('/t')
  })
}
plain('a client that has seen more than the server is turned away without a word', async s => {
  await s.actor('a').connect({ lastZxidSeen: 0x7000_0000_0000 })
})
plain('a client that has seen exactly what the server has', async s => {
  const a = await s.client('a')
  await a.create('/t/x')
  const b = await s.actor('b').connect({ lastZxidSeen: a.lastZxid })
  await b.exists('/t/x')
})
plain('a second connection of a session ends the first', async s => {
  const a = await s.client('a')
  await a.create('/t/e', { flags: 1 })
  const b = s.actor('b')
  await b.connect({ sessionId: a.sessionId, passwd: a.passwd })
  await b.exists('/t/e')
  await a.until(0)
  a.sessionId = 0n
})

plain('a ping is answered with xid -2', async s => {
  const a = await s.client('a')
  await a.settle()
  await a.create('/t/x')
  await a.settle()
})
plain('ping under any xid is answered under -2', async s => {
  const a = await s.client('a')
  a.send(OpCode.ping, undefined, 5)
  await a.until(-2)
})

plain('closing a session takes a zxid', async s => {
  const a = await s.client('a')
  const b = await s.client('b')
  await a.exists('/t')
  await b.close()
  await a.exists('/t')
})
plain('a session takes a zxid when it is made', async s => {
  const a = await s.client('a')
  await a.exists('/t')
  await s.client('b')
  await a.exists('/t')
})
plain('a session that closes takes its ephemerals of all depths with it', async s => {
  const a = await s.client('a')
  const b = await s.client('b')
  await b.create('/t/p')
  for (const path of ['/t/e1', '/t/p/e2', '/t/p/e3']) await a.create(path, { flags: 1 })
  await a.create('/t/seq-', { flags: 3 })
  await b.exists('/t/p')
  await a.close()
  await b.getChildren2('/t')
  await b.getChildren2('/t/p')
})
plain('another session may delete an ephemeral', async s => {
  const a = await s.client('a')
  const b = await s.client('b')
  await a.create('/t/e', { flags: 1 })
  await b.getData('/t/e')
  await b.setData('/t/e', 'd')
  await b.delete('/t/e')
  await a.getEphemerals('/')
  await b.create('/t/e', { flags: 1 })
  await a.close()
  await b.exists('/t/e')
})

plain('SASL without any configuration', async s => {
  const a = await s.client('a')
  await a.call(OpCode.sasl, hex('00000000'))
  await a.call(OpCode.sasl, hex('00000003 616263'))
  await a.settle()
})

// --- input that no client sends
for (const [label, bytes] of [
  ['a length of zero', int32(0)],
  ['a negative length', int32(-1)],
  ['a length above the limit', concat(int32(0x100000 + 1024 * 1024 * 8), new Uint8Array(100))],
  ['a connect request of 4 bytes', frame(new Uint8Array(4))],
  ['a connect request cut in its password', frame(connectRequest().subarray(0, 35))],
  [
    'a connect request with a password longer than the frame',
    frame(concat(connectRequest().subarray(0, 24), int32(1000))),
  ],
  ['a connect request with a negative password length', frame(concat(connectRequest().subarray(0, 24), int32(-5)))],
  ['an unknown word', Buffer.from('abcd')],
] as const) {
  plain(`a connection that begins with ${label}`, async s => {
    const a = s.actor('a')
    await a.open()
    await a.raw(bytes, label)
  })
}
plain('a connect request with more bytes than it needs', async s => {
  const a = s.actor('a')
  await a.open()
  a.connection.writeFrame(concat(connectRequest(), hex('deadbeef')))
  await a.takeConnectResponse()
  await a.exists('/t')
})
plain('requests sent together with the connect request', async s => {
  const a = s.actor('a')
  await a.open()
  a.connection.write(
    concat(frame(connectRequest()), frame(concat(header(1, OpCode.exists), pathWatchBody('/t', false)))),
  )
  a.expect(1, OpCode.exists)
  await a.takeConnectResponse()
  await a.until(1)
})
plain('a connect request in pieces of one byte', async s => {
  const a = s.actor('a')
  await a.open()
  for (const byte of frame(connectRequest())) a.connection.write(Uint8Array.of(byte))
  await a.takeConnectResponse()
  await a.exists('/t')
})
plain('a second connect request in a session', async s => {
  const a = await s.client('a')
  await a.raw(frame(connectRequest()), 'connect again')
})
for (const [label, bytes] of [
  ['an empty frame', int32(0)],
  ['a negative length', int32(-7)],
  ['a length above the limit', concat(int32(0x7fff_ffff), new Uint8Array(64))],
  ['a frame of three bytes', frame(new Uint8Array(3))],
  ['a frame with half a header', frame(new Uint8Array(6))],
] as const) {
  plain(`${label} in a session closes the connection`, async s => {
    const a = await s.client('a')
    await a.raw(bytes, label)
  })
}
for (const opcode of [10, 23, 99, 108, 1000, -1, -10, -12, 2147483647, 0, 16, 20, 102]) {
  plain(`opcode ${opcode} without a body`, async s => {
    const a = await s.client('a')
    const b = await s.client('b')
    await a.call(opcode)
    await a.settle()
    await b.exists('/t')
  })
}
for (const [name, opcode] of Object.entries(OpCode)) {
  if (['closeSession', 'ping', 'createSession', 'error', 'notification'].includes(name)) continue
  const xid = name === 'auth' ? Xid.auth : name.startsWith('setWatches') ? Xid.setWatches : undefined
  plain(`${name} without a body`, async s => {
    const a = await s.client('a')
    const b = await s.client('b')
    await a.call(opcode, new Uint8Array(), xid)
    await a.settle()
    await b.exists('/t')
  })
  plain(`${name} with a body cut short`, async s => {
    const a = await s.client('a')
    const b = await s.client('b')
    await a.call(opcode, hex('00000004 2f74'), xid)
    await a.settle()
    await b.exists('/t')
  })
  plain(`${name} with a length that is negative`, async s => {
    const a = await s.client('a')
    const b = await s.client('b')
    await a.call(opcode, hex('fffffffe 00000000 00000000 00000000'), xid)
    await a.settle()
    await b.exists('/t')
  })
  plain(`${name} with a length that is huge`, async s => {
    const a = await s.client('a')
    const b = await s.client('b')
    await a.call(opcode, hex('7fffffff 00000000 00000000 00000000'), xid)
    await a.settle()
    await b.exists('/t')
  })
}
plain('bytes after a record are of no matter', async s => {
  const a = await s.client('a')
  await a.call(OpCode.exists, concat(pathWatchBody('/t', false), hex('0102030405')))
  await a.settle()
})
for (const byte of [2, 255]) {
  plain(`a bool of ${byte}`, async s => {
    const a = await s.client('a')
    await a.call(OpCode.exists, hex(`00000002 2f74 ${byte.toString(16).padStart(2, '0')}`))
    await a.setData('/t', 'x')
  })
}
plain('a vector with a negative length', async s => {
  const a = await s.client('a')
  await a.call(OpCode.create, hex('00000004 2f742f78 00000000 fffffffe 00000000'))
  await a.settle()
})
plain('a vector longer than its frame', async s => {
  const a = await s.client('a')
  await a.call(OpCode.create, hex('00000004 2f742f78 00000000 00100000 0000001f'))
  await a.settle()
})
plain('data of exactly the longest length and one more', async s => {
  const a = await s.client('a')
  // jute.maxbuffer is 0xfffff and is what a frame may have; header, path, ACL and flags take their part.
  const overhead = 8 + 4 + 4 + 4 + 4 + 4 + 4 + 5 + 4 + 6 + 4
  await a.create('/t/x', { data: new Uint8Array(0xfffff - overhead) })
  await a.create('/t/y', { data: new Uint8Array(0xfffff - overhead + 1) })
  await a.create('/t/z', { data: new Uint8Array(0xfffff + 1 - overhead + 1) })
})
