import { EventType, OpCode, type TreeChange, type WatchOptions } from '@menagerie/client'
import type { JuteWriter } from '@menagerie/core/jute'
import { StatResponse } from '@menagerie/core/jute'
import t from 'tap'
import { connected, type Scene, STAT, settled } from './support/fake-client.js'
import { type FakePeer, notification, reply } from './support/fake-server.js'

const children =
  (stat: Partial<typeof STAT>, ...names: string[]) =>
  (writer: JuteWriter) => {
    writer.int(names.length)
    for (const name of names) writer.ustring(name)
    StatResponse.write(writer, { stat: { ...STAT, czxid: 1, mzxid: 1, pzxid: 1, ...stat } })
  }

function watched(scene: Scene, options: WatchOptions = { recursive: true }) {
  const lines: string[] = []
  const subscription = scene.client.watch$('/r', options).subscribe({
    next: ({ type, path }: TreeChange) => lines.push(`${type} ${path}`),
    error: error => lines.push(error.name),
    complete: () => lines.push('complete'),
  })
  return { lines, subscription }
}

async function answer(peer: FakePeer, opcode: number, body: (writer: JuteWriter) => void, zxid: number, err = 0) {
  const request = await peer.request()
  if (request.opcode !== opcode) throw new Error(`opcode ${request.opcode}, expected ${opcode}`)
  peer.send(reply(request.xid, body, err, zxid))
  await settled()
}
const agree = (writer: JuteWriter) => writer.int(0)

t.test('watch$', async t => {
  t.test('sets the watch first and reads after it', async t => {
    const scene = await connected()
    const { lines, subscription } = watched(scene)
    await answer(scene.peer, OpCode.addWatch, agree, 5)
    scene.peer.send(notification(EventType.NodeDataChanged, '/r', 6))
    await answer(scene.peer, OpCode.getChildren2, children({ mzxid: 6 }, 'a'), 6)
    await answer(scene.peer, OpCode.getChildren2, children({}), 6)
    t.strictSame(lines, ['changed /r'])
    subscription.unsubscribe()
    t.match(await scene.peer.request(), { opcode: OpCode.removeWatches })
    scene.client.detach()
  })

  t.test('waits for a connection, and tries again when the first one breaks', async t => {
    const scene = await connected()
    const { lines } = watched(scene)
    await scene.peer.request()
    scene.peer.close()
    await settled()
    scene.clock.advance(1000)
    const next = await scene.network.welcome()
    await answer(next, OpCode.addWatch, agree, 5)
    await answer(next, OpCode.getChildren2, children({}), 5)
    next.send(notification(EventType.NodeCreated, '/r/a', 6))
    await settled()
    t.strictSame(lines, ['created /r/a'])
    scene.client.detach()
    t.strictSame(lines, ['created /r/a', 'complete'])
  })

  t.test('starts a reading over that a lost connection has cut short', async t => {
    const scene = await connected()
    const { lines } = watched(scene)
    await answer(scene.peer, OpCode.addWatch, agree, 5)
    await answer(scene.peer, OpCode.getChildren2, children({}, 'a', 'b'), 5)
    scene.peer.close()
    await settled()
    scene.clock.advance(1000)
    const next = await scene.network.welcome()
    const watches = await next.request()
    t.match(watches, { opcode: OpCode.setWatches2 })
    next.send(reply(-8, undefined, 0, 9))
    await answer(next, OpCode.getChildren2, children({ mzxid: 8 }, 'a'), 9)
    await answer(next, OpCode.getChildren2, children({}), 9)
    t.strictSame(lines, ['changed /r'], 'b was never announced, so its end is not either')
    scene.client.detach()
  })

  t.test('ends with the refusal of the watch, and with the session', async t => {
    const scene = await connected()
    const refused = watched(scene)
    await answer(scene.peer, OpCode.addWatch, () => {}, 5, -102)
    t.strictSame(refused.lines, ['NoAuthError'])
    const expired = watched(scene)
    scene.peer.close()
    await settled()
    scene.clock.advance(1000)
    await scene.network.welcome({ timeoutMs: 0, sessionId: 0n, readOnly: false })
    await settled()
    t.strictSame(expired.lines, ['SessionExpiredError'])
  })

  t.test('takes a missing znode and one that may not be read as they are', async t => {
    const scene = await connected()
    const { lines } = watched(scene, { recursive: true, initial: true })
    await answer(scene.peer, OpCode.addWatch, agree, 5)
    await answer(scene.peer, OpCode.getChildren2, children({}, 'secret', 'gone'), 5)
    await answer(scene.peer, OpCode.getChildren2, () => {}, 5, -102)
    await answer(scene.peer, OpCode.getChildren2, () => {}, 5, -101)
    t.strictSame(lines, ['created /r'])
    t.equal(scene.peer.waiting, 0)
    scene.client.detach()
  })
})
