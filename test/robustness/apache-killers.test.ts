import { readdirSync, writeFileSync } from 'node:fs'
import { CreateMode, KeeperCode, OpCode } from '@menagerie/core/jute'
import t from 'tap'
import {
  concat,
  createBody,
  createTtlBody,
  multiBody,
  multiHeader,
  op,
  pathBody,
  pathVersionBody,
  pathWatchBody,
} from '../support/requests.js'
import { ProcessServer } from './support/process-server.js'
import { WireClient } from './support/wire-client.js'

// The machine may have other work: this is no measure, only the end of patience.
t.setTimeout(300_000)

/** Requests and files that end an Apache server of some release, or keep it from starting again. */
t.test('what has ended other servers', async t => {
  const server = await ProcessServer.start({ settings: { extendedTypesEnabled: true } })
  t.teardown(() => server[Symbol.asyncDispose]())

  /** Sends requests one by one on a connection of their own; null where the connection was closed instead. */
  const answers = async (requests: readonly (readonly [number, Uint8Array])[]): Promise<(number | null)[]> => {
    const client = await WireClient.open(server.port)
    const codes: (number | null)[] = []
    for (const [opcode, body] of requests) {
      codes.push(
        await client.call(opcode, body).then(
          ({ err }) => err,
          () => null,
        ),
      )
    }
    client.destroy()
    return codes
  }

  /** The znodes below the root, as they have to be after each kind of end. */
  const survives = async (t: { strictSame(a: unknown, b: unknown): boolean }, names: readonly string[]) => {
    await server.restartBothWays(async () => {
      const client = await WireClient.open(server.port)
      const { body } = await client.call(OpCode.getChildren, pathWatchBody('/', false))
      const found = strings(body).filter(name => name !== 'zookeeper')
      t.strictSame(found.sort(), [...names].sort())
      await client.close()
    })
    t.strictSame(server.output.includes('digest of the tree differs'), false)
  }

  t.test('createTTL with flags and ttl that contradict each other', async t => {
    const requests: [number, Uint8Array][] = []
    for (let flags = -1; flags <= 7; flags++) {
      for (const ttl of [-1, 0, 1, 1_099_511_627_775, 1_099_511_627_776, Number.MIN_SAFE_INTEGER]) {
        requests.push([OpCode.createTTL, createTtlBody(`/ttl-${flags}-${ttl}`, ttl, { flags })])
      }
    }
    const codes = await answers(requests)
    const created = requests.flatMap((_, i) => (codes[i] === 0 ? [i] : []))
    // Flags 5 and 6, each with the shortest and the longest ttl.
    t.equal(created.length, 4)
    t.ok(codes.every(code => code === 0 || code === KeeperCode.BadArguments))
    const client = await WireClient.open(server.port)
    const names = strings((await client.call(OpCode.getChildren, pathWatchBody('/', false))).body)
    await survives(
      t,
      names.filter(name => name !== 'zookeeper'),
    )
    client.destroy()
    const again = await WireClient.open(server.port)
    for (const name of names.filter(name => name !== 'zookeeper')) {
      await again.call(OpCode.delete, pathVersionBody(`/${name}`, -1))
    }
    await again.close()
  })

  t.test('create, create2 and createContainer with each other’s flags', async t => {
    const requests: [number, Uint8Array][] = []
    for (const opcode of [OpCode.create, OpCode.create2, OpCode.createContainer]) {
      for (let flags = -1; flags <= 7; flags++) requests.push([opcode, createBody(`/f${opcode}-${flags}`, { flags })])
    }
    const codes = await answers(requests)
    for (const [i, code] of codes.entries()) {
      const flags = (i % 9) - 1
      const known = flags >= CreateMode.PERSISTENT && flags <= CreateMode.CONTAINER
      t.equal(code, known ? 0 : KeeperCode.BadArguments, `flags ${flags}`)
    }
    const client = await WireClient.open(server.port)
    const names = strings((await client.call(OpCode.getChildren, pathWatchBody('/', false))).body)
    client.destroy()
    await survives(
      t,
      names.filter(name => name !== 'zookeeper'),
    )
    const again = await WireClient.open(server.port)
    for (const name of names) await again.call(OpCode.delete, pathVersionBody(`/${name}`, -1))
    await again.close()
  })

  t.test('check outside a multi', async t => {
    t.strictSame(await answers([[OpCode.check, pathVersionBody('/', -1)]]), [KeeperCode.Unimplemented])
    await survives(t, [])
  })

  t.test('multis of odd types', async t => {
    const odd = [0, 3, 4, 6, 7, 8, 9, 11, 12, 14, 16, 17, 20, 22, 100, -10, -11, 99]
    const requests = odd.map(
      type =>
        [
          OpCode.multi,
          concat(
            multiHeader(OpCode.create, false, -1),
            createBody(`/odd-${type}`),
            multiHeader(type, false, -1),
            pathVersionBody('/', -1),
            multiHeader(-1, true, -1),
          ),
        ] as const,
    )
    for (const code of await answers(requests)) t.equal(code, KeeperCode.MarshallingError)
    const ttl = multiBody([op.create('/m'), op.createTtl('/m/ttl', -1, { flags: 0 })])
    t.strictSame(await answers([[OpCode.multi, ttl]]), [0], 'flags say what is made, also in a createTTL')
    await survives(t, ['m'])
    await answers([
      [OpCode.delete, pathVersionBody('/m/ttl', -1)],
      [OpCode.delete, pathVersionBody('/m', -1)],
    ])
  })

  t.test('deleteContainer of whatever is there', async t => {
    const codes = await answers([
      [OpCode.create, createBody('/p')],
      [OpCode.create, createBody('/p/child')],
      [OpCode.create, createBody('/e', { flags: 1 })],
      [OpCode.createContainer, createBody('/c', { flags: 4 })],
      [OpCode.deleteContainer, pathBody('/')],
      [OpCode.deleteContainer, pathBody('/zookeeper')],
      [OpCode.deleteContainer, pathBody('/zookeeper/quota')],
      [OpCode.deleteContainer, pathBody('/zookeeper/config')],
      [OpCode.deleteContainer, pathBody('/none')],
      [OpCode.deleteContainer, pathBody('/p')],
      [OpCode.deleteContainer, pathBody('/e')],
      [OpCode.deleteContainer, pathBody('/c')],
      [OpCode.deleteContainer, pathBody('/c')],
      [OpCode.delete, pathVersionBody('/e', -1)],
    ])
    const { BadArguments: bad, NoNode, NotEmpty, BadVersion } = KeeperCode
    t.strictSame(codes, [0, 0, 0, 0, bad, bad, bad, bad, NoNode, NotEmpty, BadVersion, 0, NoNode, 0])
    await survives(t, ['p'])
    await answers([
      [OpCode.delete, pathVersionBody('/p/child', -1)],
      [OpCode.delete, pathVersionBody('/p', -1)],
    ])
  })

  t.test('a newest log file that is empty, all zeros or cut within its header', async t => {
    await answers([[OpCode.create, createBody('/kept')]])
    const folder = `${server.dataDir}/version-2`
    const header = Buffer.from('5a4b4c47000000020000000000000000', 'hex')
    const remains = [0, 1, 65_536].map(size => Buffer.alloc(size))
    for (const length of [4, 8, 15, 16]) remains.push(header.subarray(0, length))
    remains.push(Buffer.concat([header, Buffer.alloc(65_536)]))
    for (const [i, bytes] of remains.entries()) {
      await (i % 2 === 0 ? server.kill9() : server.stop())
      writeFileSync(`${folder}/log.fffff`, bytes)
      await server.start()
      const client = await WireClient.open(server.port)
      t.equal((await client.call(OpCode.exists, pathWatchBody('/kept', false))).err, 0, `${bytes.length} bytes`)
      await client.close()
      t.notOk(readdirSync(folder).includes('log.fffff'))
    }
  })
})

/** A vector of strings, at the start of a reply. */
function strings(body: Buffer): string[] {
  const found: string[] = []
  let at = 4
  for (let left = body.readInt32BE(0); left > 0; left--) {
    const length = body.readInt32BE(at)
    found.push(body.toString('utf8', at + 4, at + 4 + length))
    at += 4 + length
  }
  return found
}
