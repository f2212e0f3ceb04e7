import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { OpCode } from '@menagerie/core/jute'
import t from 'tap'
import { startMenagerie } from '../support/menagerie.js'
import { createBody, setDataBody } from '../support/requests.js'
import { WireClient } from './support/wire-client.js'

// The machine may have other work: this is no measure, only the end of patience.
t.setTimeout(300_000)

t.test('clients that take all file descriptors but the last do not keep the log from its next file', async t => {
  await using server = await startMenagerie({ descriptorsMax: 256, config: { snapCount: 100, preAllocSize: 64 } })
  const client = await WireClient.open(server.port)
  t.equal((await client.call(OpCode.create, createBody('/a'))).err, 0)

  const silent = await Promise.all(Array.from({ length: 400 }, () => dial(server.port)))
  while (!silent.some(({ closed }) => closed)) await delay(20)
  for (let i = 0; i < 400; i++) {
    const { err } = await client.call(OpCode.setData, setDataBody('/a', String(i), -1))
    if (err !== 0) return t.fail(`write ${i} was answered ${err}`)
  }
  const refusal = /refused a connection from 127\.0\.0\.1: \d+ files and connections are open.*ulimit -n/
  while (!refusal.test(server.output())) await delay(20)
  t.notMatch(server.output(), /snapshot failed|EMFILE/)
  t.ok(
    silent.some(({ closed }) => !closed),
    'as many as there is room for are accepted',
  )

  for (const { socket } of silent) socket.destroy()
  const again = await untilAdmitted(server.port)
  t.equal((await again.call(OpCode.setData, setDataBody('/a', 'last', -1))).err, 0)
  again.socket.destroy()
  client.socket.destroy()
})

interface Silent {
  readonly socket: Socket
  closed: boolean
}

async function dial(port: number): Promise<Silent> {
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  const one: Silent = { socket, closed: false }
  socket.on('close', () => {
    one.closed = true
  })
  socket.resume()
  await Promise.race([once(socket, 'connect'), once(socket, 'close')])
  return one
}

/** The server hears of closed connections one by one. */
async function untilAdmitted(port: number): Promise<WireClient> {
  for (;;) {
    try {
      return await WireClient.open(port)
    } catch {
      await delay(20)
    }
  }
}
