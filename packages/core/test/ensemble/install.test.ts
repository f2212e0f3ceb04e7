import { MemorySnapshotter, type PeerLink, type PeerTransport, type SnapshotSource } from '@menagerie/core'
import { filter, map } from 'rxjs'
import t from 'tap'
import { decodePacket, PacketType, type QuorumPacket, SNAPSHOT_SIGNATURE } from '../../dist/zab/packets/index.js'
import { type Medium, settle } from '../server/harness.js'
import { replaced, TestEnsemble } from './support.js'

const options = new Map<string, unknown>([['forceSnapshotSync', true]])

/** Snapshots whose steps a test holds or lets fail, from the second process of the server on. */
class HeldSnapshotter extends MemorySnapshotter {
  purges = 0
  fails = false
  private go: () => void = () => {}

  override async write(zxid: number, source: SnapshotSource) {
    if (this.fails) throw new Error('no space is left')
    return super.write(zxid, source)
  }

  /** The first one waits. */
  override async purge(keep: number) {
    if (++this.purges === 1) await new Promise<void>(resolve => void (this.go = resolve))
    return super.purge(keep)
  }

  release(): void {
    this.go()
  }
}

/** Server 1 has missed something, and comes back with this snapshotter while the others go on. */
async function comeBack(ensemble: TestEnsemble): Promise<void> {
  const leader = await ensemble.untilServing()
  await ensemble.crash(1)
  await write(ensemble, leader, '/missed')
  await ensemble.start(1)
}

async function write(ensemble: TestEnsemble, at: number, path: string): Promise<void> {
  const client = await ensemble.get(at).connect()
  await ensemble.until(() => client.sessionId !== 0n, 'a session')
  client.send(client.create(path))
  await ensemble.until(() => client.replies.length > 0, `the creation of ${path}`)
  const [{ err }] = client.replies
  if (err !== 0) throw new Error(`creating ${path} came to ${err}`)
}

function withSnapshotter(make: (medium: Medium) => HeldSnapshotter) {
  let starts = 0
  return { snapshotterOf: (id: number, medium: Medium) => (id === 1 && ++starts > 1 ? make(medium) : undefined) }
}

const COMMITS = new Set<number>([PacketType.COMMIT, PacketType.COMMITTHROUGH, PacketType.COMMITONCEDURABLE])

t.test('a server that installs a snapshot joins no other leader before that is over', async t => {
  let snapshotter!: HeldSnapshotter
  const ensemble = await TestEnsemble.start(5, {
    options,
    ...withSnapshotter(({ snapshots }) => {
      snapshotter = new HeldSnapshotter(snapshots)
      return snapshotter
    }),
  })
  t.teardown(() => ensemble.close())
  await comeBack(ensemble)
  // It is about to drop the log, which the snapshot has left behind.
  await ensemble.until(() => snapshotter.purges > 0, 'a snapshot to be installed')
  await ensemble.crash(ensemble.leaderId!)
  await ensemble.until(() => ensemble.leaderId !== undefined, 'the next leader')
  const leader = ensemble.leaderId!
  await write(ensemble, leader, '/first')
  t.not(ensemble.roleOf(1), 'following')
  snapshotter.release()
  await ensemble.untilServing()
  await write(ensemble, leader, '/acknowledged')
  const { lastZxid } = ensemble.get(leader).server
  await ensemble.until(() => ensemble.get(1).server.lastZxid === lastZxid, 'server 1 to have it')
  let logged = 0
  for await (const records of ensemble.get(1).log.read(0)) logged = records.at(-1)!.zxid
  t.equal(logged, lastZxid, 'what it has acknowledged stays in its log')
})

t.test('a server that cannot write the snapshot of its leader stops: it has no log to go on from', async t => {
  const ensemble = await TestEnsemble.start(3, {
    options,
    ...withSnapshotter(({ snapshots }) => {
      const snapshotter = new HeldSnapshotter(snapshots)
      snapshotter.fails = true
      return snapshotter
    }),
  })
  t.teardown(() => ensemble.close())
  await comeBack(ensemble)
  const { server } = ensemble.get(1)
  let reason: Error | undefined
  server.stopped.then(error => {
    reason = error
  })
  await ensemble.until(() => reason !== undefined, 'server 1 to stop')
  t.match(reason, { message: 'no space is left' })
})

t.test('the snapshot of a leader that is not established holds all of its history', async t => {
  let withoutCommits = false
  const snapshots: number[] = []
  const ensemble = await TestEnsemble.start(3, {
    options,
    transportOf: (_id, transport) =>
      onConnect(transport, packet => {
        if (packet.type === PacketType.SNAP) snapshots.push(packet.zxid)
        return !(withoutCommits && COMMITS.has(packet.type))
      }),
  })
  t.teardown(() => ensemble.close())
  const leader = await ensemble.untilServing()
  withoutCommits = true
  await write(ensemble, leader, '/acknowledged')
  const { lastZxid } = ensemble.get(leader).server
  t.ok(
    ensemble.followerIds.every(id => ensemble.get(id).server.lastZxid < lastZxid),
    'the followers have it logged, and do not show it',
  )
  withoutCommits = false
  snapshots.length = 0
  await ensemble.crash(leader)
  await ensemble.untilServing()
  t.strictSame(snapshots, [lastZxid])
})

t.test('a server whose leader dies within a snapshot has what it had, and takes the next one', async t => {
  let snapshots = 0
  let isCut = false
  const ensemble = await TestEnsemble.start(3, {
    options,
    transportOf: (id, transport) => {
      let taken = 0
      return onConnect(
        transport,
        ({ type }) => {
          taken = 0
          if (id === 1 && type === PacketType.SNAP) snapshots++
          return true
        },
        // Of several: the table of sessions, the znodes, the end.
        () => id !== 1 || !isCut || taken++ === 0,
      )
    },
  })
  t.teardown(() => ensemble.close())
  const leader = await ensemble.untilServing()
  await ensemble.crash(1)
  await write(ensemble, leader, '/missed')
  const before = [...ensemble.media.get(1)!.snapshots.keys()]
  isCut = true
  snapshots = 0
  await ensemble.start(1)
  await ensemble.until(() => snapshots > 0, 'a snapshot to begin')
  await settle()
  t.strictSame([...ensemble.media.get(1)!.snapshots.keys()], before, 'half a snapshot is none')
  isCut = false
  await ensemble.crash(leader)
  const next = await ensemble.untilServing()
  await write(ensemble, next, '/later')
  const { lastZxid } = ensemble.get(next).server
  await ensemble.until(() => ensemble.servers.has(1) && ensemble.get(1).server.lastZxid === lastZxid, 'all to have it')
  t.equal(ensemble.get(1).server.store.count, ensemble.get(next).server.store.count)
})

t.test('what a snapshot shows of later transactions is no difference from the leader', async t => {
  const gate = new Gate()
  const ensemble = await TestEnsemble.start(3, {
    options,
    transportOf: (_id, transport) =>
      replaced(transport, { links$: transport.links$.pipe(map(link => slowly(link, gate))) }),
  })
  t.teardown(() => ensemble.close())
  const leader = await ensemble.untilServing()
  const client = await ensemble.get(leader).connect()
  const paths = ['/a', '/b', '/c', '/d', '/e']
  for (const path of paths) await client.ask(client.create(path, { data: new Uint8Array(70_000) }))
  await ensemble.crash(1)
  await client.ask(client.create('/missed'))
  gate.isClosed = true
  await ensemble.start(1)
  await ensemble.until(() => gate.isReached, 'part of a snapshot to be sent')
  for (const path of paths) await client.ask(client.setData(path, Uint8Array.of(1)))
  const { lastZxid } = ensemble.get(leader).server
  gate.open()
  await ensemble.until(() => ensemble.get(1).server.lastZxid === lastZxid, 'server 1 to have it')
  await client.ask(client.create('/later'))
  await ensemble.until(() => ensemble.get(1).server.lastZxid > lastZxid, 'server 1 to have what came later')
  t.strictSame(
    ensemble.get(1).warnings.filter(warning => warning.includes('differs')),
    [],
  )
})

class Gate {
  isClosed = false
  isReached = false
  open: () => void = () => {}
  private readonly opened = new Promise<void>(resolve => {
    this.open = resolve
  })

  pass(): Promise<void> {
    this.isReached = true
    return this.opened
  }
}

/** After two chunks of a snapshot the sender is kept waiting at the gate. */
function slowly(link: PeerLink, gate: Gate): PeerLink {
  let chunks = 0
  let inSnapshot = false
  return replaced(link, {
    send(bytes) {
      const sent = link.send(bytes)
      if (!inSnapshot) {
        inSnapshot = decodePacket(bytes).type === PacketType.SNAP
        return sent
      }
      inSnapshot = !endsWithSignature(bytes)
      return sent && !(++chunks === 2 && gate.isClosed)
    },
    drained() {
      return chunks === 2 && gate.isClosed ? gate.pass() : link.drained()
    },
  })
}

/** Links that a server opens give it only what passes: packets, and parts of snapshots. */
function onConnect(
  transport: PeerTransport,
  passes: (packet: QuorumPacket) => boolean,
  passesChunk = () => true,
): PeerTransport {
  let inSnapshot = false
  const isPassed = (bytes: Uint8Array) => {
    if (inSnapshot) {
      inSnapshot = !endsWithSignature(bytes)
      return passesChunk()
    }
    const packet = decodePacket(bytes)
    inSnapshot = packet.type === PacketType.SNAP
    return passes(packet)
  }
  const tapped = (link: PeerLink) => replaced(link, { packets$: link.packets$.pipe(filter(isPassed)) })
  return replaced(transport, { connect: async (peer, to) => tapped(await transport.connect(peer, to)) })
}

function endsWithSignature(bytes: Uint8Array): boolean {
  const end = bytes.subarray(-SNAPSHOT_SIGNATURE.length)
  return end.length === SNAPSHOT_SIGNATURE.length && end.every((byte, at) => byte === SNAPSHOT_SIGNATURE[at])
}
