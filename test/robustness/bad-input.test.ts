import { KeeperCode, OpCode, Xid } from '@menagerie/core/jute'
import t from 'tap'
import {
  concat,
  connectRequest,
  createBody,
  header,
  hex,
  int32,
  multiBody,
  multiHeader,
  OPEN_ACL,
  op,
  pathBody,
  pathVersionBody,
  pathWatchBody,
  setDataBody,
} from '../support/requests.js'
import { VALID_BODIES } from './support/bytes.js'
import { Healthy } from './support/healthy.js'
import { ProcessServer } from './support/process-server.js'
import { WireClient } from './support/wire-client.js'

// The machine may have other work: this is no measure, only the end of patience.
t.setTimeout(300_000)

/** Operations whose body may be missing or wrong without being noticed: they have none. */
const BODILESS = new Set(['ping', 'whoAmI'])
/** Answered outside the order of requests, or by closing. */
const OUT_OF_LINE = new Set(['auth', 'sasl', 'check'])

t.test('bad input', async t => {
  const server = await ProcessServer.start({ settings: { extendedTypesEnabled: true } })
  t.teardown(() => server[Symbol.asyncDispose]())
  const healthy = await Healthy.start(server.port)
  const sessionsBefore = await server.figure('global_sessions')

  /** Comes back to the session of a connection that is closed, or is to be. */
  const replaced = (client: WireClient): Promise<WireClient> => {
    client.destroy()
    return WireClient.open(server.port, { sessionId: client.sessionId, passwd: client.passwd })
  }

  /** Sends bytes as they are on a connection of their own; resolves when the server has closed it. */
  const closes = async (bytes: Uint8Array): Promise<void> => {
    const client = await WireClient.dial(server.port)
    client.socket.write(bytes)
    await client.closed
  }

  t.test('a frame length that is negative, zero or above the limit closes the connection', async () => {
    for (const length of [-1, -2, 0, 1 << 20, 0x7fffffff, -0x80000000]) {
      await closes(concat(int32(length), connectRequest()))
      const client = await WireClient.open(server.port)
      client.socket.write(concat(int32(length), new Uint8Array(64)))
      await client.closed
    }
  })

  t.test('a connect request that is too short closes the connection', async () => {
    const whole = connectRequest({ readOnly: null })
    for (let length = 1; length < whole.length; length++) {
      await closes(concat(int32(length), whole.subarray(0, length)))
    }
  })

  t.test('a connect request longer than 16 KiB closes the connection before its body has come', () =>
    closes(int32(16_385)),
  )

  t.test('a connect request with bytes behind it is taken', async () => {
    const client = await WireClient.dial(server.port)
    client.socket.write(concat(int32(45 + 100), connectRequest(), new Uint8Array(100)))
    client.destroy()
    await client.closed
  })

  t.test('a connect request with a password of a wrong length is no key to a session', async t => {
    const owner = await WireClient.open(server.port)
    for (const passwd of [null, new Uint8Array(0), new Uint8Array(15), new Uint8Array(17), new Uint8Array(8000)]) {
      await t.rejects(WireClient.open(server.port, { sessionId: owner.sessionId, passwd }), /refused/)
    }
    t.equal((await owner.ping()).err, 0)
    await owner.close()
  })

  t.test('a request before the connect request closes the connection', async () => {
    for (const [opcode, body] of VALID_BODIES.values()) {
      const client = await WireClient.dial(server.port)
      const request = concat(header(1, opcode), body)
      // Long enough ones may happen to read as a connect request; then a session is what they get.
      client.socket.write(concat(int32(request.length), request))
      if (request.length >= 44) client.destroy()
      await client.closed
    }
  })

  t.test('a second connect request on an open session closes it', async () => {
    const client = await WireClient.open(server.port)
    client.write(connectRequest({ sessionId: client.sessionId, passwd: client.passwd }))
    await client.closed
  })

  t.test('frames too short for a request header close the connection', async () => {
    for (let length = 1; length < 8; length++) {
      const client = await WireClient.open(server.port)
      client.write(new Uint8Array(length))
      await client.closed
    }
  })

  for (const [name, [opcode, body]] of VALID_BODIES) {
    t.test(`${name}: every truncation is refused, and the session goes on`, async t => {
      let client = await WireClient.open(server.port)
      for (let length = 0; length < body.length; length++) {
        const cut = body.subarray(0, length)
        if (OUT_OF_LINE.has(name)) {
          await client.call(opcode, cut).catch(() => {})
          await client.closed
          client = await replaced(client)
          continue
        }
        const { err } = await client.call(opcode, cut)
        t.ok(mayAnswerCut(name, err, cut), `${length} of ${body.length} bytes: ${err}`)
      }
      t.equal((await client.ping()).err, 0)
      client.destroy()
    })

    t.test(`${name}: bytes behind the record are ignored`, async t => {
      const client = await WireClient.open(server.port)
      const reply = client.call(opcode, concat(body, new Uint8Array(999)), name === 'ping' ? Xid.ping : undefined)
      if (name === 'check') await client.closed
      else t.type((await reply).err, 'number')
      client.destroy()
    })

    if (BODILESS.has(name)) continue
    t.test(`${name}: no length inside the record is believed`, async () => {
      let client = await WireClient.open(server.port)
      for (const length of [-2, -0x80000000, 0x7fffffff, 0x100000, 1000]) {
        for (let at = 0; at + 4 <= body.length; at++) {
          const forged = Uint8Array.from(body)
          forged.set(int32(length), at)
          // Closing is an answer too.
          const goesOn = await client.call(opcode, forged).then(Boolean, () => false)
          if (!goesOn || OUT_OF_LINE.has(name)) client = await replaced(client)
        }
      }
      client.destroy()
    })
  }

  t.test('unknown operations are answered Unimplemented, then the connection closes', async t => {
    for (const opcode of [0, 10, 23, 24, 99, 108, 999, -1, -2, -10, 0x7fffffff, -0x80000000]) {
      const client = await WireClient.open(server.port)
      const { err, zxid } = await client.call(opcode, pathBody('/'))
      t.strictSame([err, zxid], [KeeperCode.Unimplemented, -1], `operation ${opcode}`)
      await client.closed
    }
  })

  t.test('no write is done under an invalid path', async t => {
    const client = await WireClient.open(server.port)
    const zxids = new Set<number>()
    for (const path of INVALID_PATHS) {
      const label = JSON.stringify(path)
      for (const flags of [0, 1]) {
        t.not((await client.call(OpCode.create, createBody(path, { flags }))).err, 0, `create ${label}`)
      }
      t.not((await client.call(OpCode.setData, setDataBody(path, 'x', -1))).err, 0, `setData ${label}`)
      t.not((await client.call(OpCode.delete, pathVersionBody(path, -1))).err, 0, `delete ${label}`)
      t.not((await client.call(OpCode.deleteContainer, pathBody(path))).err, 0, `deleteContainer ${label}`)
      const multi = await client.call(OpCode.multi, multiBody([op.create(path), op.delete(path)]))
      t.equal(multi.body.readInt32BE(0), OpCode.error, `multi ${label}`)
      const exists = await client.call(OpCode.exists, pathWatchBody(path, true))
      zxids.add(exists.zxid)
      // Apache finds the root under the empty path too.
      t.equal(exists.err === 0, path === '', `exists ${label}`)
    }
    t.equal(zxids.size, INVALID_PATHS.length, 'each refused write took a zxid, and none stopped the server')
    await client.close()
  })

  t.test('text that is no UTF-8 is never a path, a scheme or an id', async t => {
    const client = await WireClient.open(server.port)
    for (const bad of INVALID_UTF8) {
      const path = concat(Uint8Array.of(0x2f), bad)
      const text = concat(int32(path.length), path)
      const label = Buffer.from(bad).toString('hex')
      for (const [name, [opcode, body]] of VALID_BODIES) {
        if (
          BODILESS.has(name) ||
          ['auth', 'sasl', 'check', 'reconfig', 'multi', 'multiRead', 'checkWatches', 'removeWatches'].includes(name)
        )
          continue
        if (['setWatches', 'setWatches2', 'addWatch', 'sync', 'getEphemerals'].includes(name)) {
          await client.call(opcode, concat(text, body.subarray(6)))
          continue
        }
        t.not((await client.call(opcode, concat(text, body.subarray(6)))).err, 0, `${name} ${label}`)
      }
      // In the scheme and in the id of an ACL.
      const [create] = [createBody('/utf8')]
      const head = create.subarray(0, create.length - aclBytes().length - 4)
      const aclOf = (scheme: Uint8Array, id: Uint8Array) =>
        concat(head, int32(1), int32(31), int32(scheme.length), scheme, int32(id.length), id, int32(0))
      const world = Buffer.from('world')
      t.equal((await client.call(OpCode.create, aclOf(bad, Buffer.from('anyone')))).err, KeeperCode.InvalidACL)
      t.equal((await client.call(OpCode.create, aclOf(world, bad))).err, KeeperCode.InvalidACL)
      // In an auth packet: the scheme.
      const stranger = await WireClient.open(server.port)
      const auth = concat(int32(0), int32(bad.length), bad, int32(-1))
      t.equal((await stranger.call(OpCode.auth, auth, -4)).err, KeeperCode.AuthFailed)
      await stranger.closed
    }
    await client.close()
  })

  t.test('a multi that never ends, nests or holds reads is refused as a whole', async t => {
    const client = await WireClient.open(server.port)
    const open = concat(multiHeader(OpCode.create, false, -1), createBody('/never'))
    const bodies = [
      open, // no end
      concat(multiHeader(OpCode.multi, false, -1), multiBody([op.create('/never')])),
      concat(open, multiBody([op.getData('/')])),
      concat(open, multiHeader(OpCode.closeSession, false, -1), multiHeader(-1, true, -1)),
      concat(open, multiHeader(OpCode.error, false, -1), int32(-1), multiHeader(-1, true, -1)),
      concat(open, multiHeader(0x7fffffff, false, -1), multiHeader(-1, true, -1)),
      multiHeader(-1, false, -1),
      hex('ffffffff'),
    ]
    for (const body of bodies) t.equal((await client.call(OpCode.multi, body)).err, KeeperCode.MarshallingError)
    t.equal((await client.call(OpCode.exists, pathWatchBody('/never', false))).err, KeeperCode.NoNode)
    await client.close()
  })

  t.test('the healthy session was served all the while, and nothing is left of the others', async t => {
    await healthy.more()
    t.ok((await healthy.stop()) > 0)
    t.equal(await server.figure('num_alive_connections'), 1, 'the connection that asks')
    t.equal(await server.figure('outstanding_requests'), 0)
    t.ok(sessionsBefore >= 1)
    t.notMatch(server.output, /uncaught|at file:/i)
    t.equal((await server.stop()).code, 0)
  })
})

/** Requests that are whole in spite of the cut, and what they may say. */
function mayAnswerCut(name: string, err: number, cut: Uint8Array): boolean {
  if (err === KeeperCode.MarshallingError) return true
  // closeSession and the like have no body; a path of its own may be complete before the rest is.
  return BODILESS.has(name) && cut.length === 0 && err === 0
}

function aclBytes(): Uint8Array {
  const [{ perms, id }] = OPEN_ACL
  const scheme = Buffer.from(id.scheme)
  const name = Buffer.from(id.id)
  return concat(int32(1), int32(perms), int32(scheme.length), scheme, int32(name.length), name)
}

const INVALID_PATHS = [
  '',
  ' ',
  'x',
  'x/y',
  '//',
  '//x',
  '/x/',
  '/x//y',
  '/.',
  '/..',
  '/x/.',
  '/x/..',
  '/./x',
  '/x/../y',
  '/\0',
  '/x\0',
  '/\x01',
  '/\x1f',
  '/\x7f',
  '/\x9f',
  '/\ue000',
  '/\uf8ff',
  '/\ufff0',
  '/\uffff',
  '/\u{1f600}',
]

const INVALID_UTF8 = [
  'ff',
  'fe',
  '80',
  'bf',
  'c0',
  'c080',
  'c0af',
  'c3',
  'e2',
  'e282',
  'e08080',
  'eda080',
  'edbfbf',
  'f0',
  'f09f98',
  'f0808080',
  'f4908080',
  'f8888080',
  '61ff62',
].map(hex)
