import type { LoggedTransaction, Server } from '@menagerie/core'
import t from 'tap'
import { OpCode } from '../../dist/jute/codes.js'
import { TestEnsemble } from './support.js'

/** Follows a server's commits for as long as it runs, and keeps the creates. */
class Followed {
  readonly paths: string[] = []
  readonly zxids: number[] = []
  readonly over: Promise<void>

  constructor(stream: AsyncIterable<LoggedTransaction>) {
    this.over = this.read(stream)
  }

  private async read(stream: AsyncIterable<LoggedTransaction>): Promise<void> {
    for await (const { header, txn } of stream) {
      this.zxids.push(header.zxid)
      if (txn.type === OpCode.create) this.paths.push(txn.path)
    }
  }
}

const names = (prefix: string) => Array.from({ length: 20 }, (_, n) => `/${prefix}${n}`)

async function createAll(ensemble: TestEnsemble, at: number, paths: readonly string[]): Promise<void> {
  const client = await ensemble.get(at).connect()
  await ensemble.until(() => client.sessionId !== 0n, 'a session')
  for (const path of paths) await client.ask(client.create(path))
}

t.test('every member tells every committed transaction once and in order, through a change of leader', async t => {
  const ensemble = await TestEnsemble.start(3)
  t.teardown(() => ensemble.close())
  const leader = await ensemble.untilServing()
  const follow = ({ server }: { server: Server }) => new Followed(server.commitsFrom(1))
  const before = ensemble.followerIds.map(id => follow(ensemble.get(id)))

  await createAll(ensemble, leader, names('a'))
  await ensemble.crash(leader)
  const next = await ensemble.untilServing()
  const late = follow(ensemble.get(next))
  await createAll(ensemble, next, names('b'))

  const expected = [...names('a'), ...names('b')]
  for (const followed of [...before, late]) {
    await ensemble.until(() => followed.paths.length >= expected.length, 'all creates')
    t.strictSame(followed.paths, expected)
    t.strictSame(
      followed.zxids,
      [...new Set(followed.zxids)].sort((a, b) => a - b),
    )
  }
  t.strictSame(before[0].zxids, before[1].zxids)
  t.strictSame(late.zxids, before[0].zxids)

  await ensemble.close()
  await Promise.all([...before, late].map(({ over }) => over))
})

t.test('a member that was sent a snapshot says which transactions it cannot tell', async t => {
  const ensemble = await TestEnsemble.start(3, { options: new Map([['forceSnapshotSync', true]]) })
  t.teardown(() => ensemble.close())
  await ensemble.untilServing()
  const [behind] = ensemble.followerIds
  await ensemble.crash(behind)
  const leader = await ensemble.untilServing()
  await createAll(ensemble, leader, names('a'))
  await ensemble.start(behind)
  await ensemble.untilServing()
  const stream = ensemble.get(behind).server.commitsFrom(1)
  await t.rejects(
    async () => {
      for await (const _ of stream);
    },
    { code: 'COMMITS_MISSING' },
  )
})
