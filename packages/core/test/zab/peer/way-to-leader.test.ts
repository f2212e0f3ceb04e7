/** How long a server tries to reach the leader that it has elected. */
import { ManualClock } from '@menagerie/core/contract'
import t from 'tap'
import { silentLogger } from '../../../dist/seams/logger.js'
import type { PeerLink, PeerTransport } from '../../../dist/seams/peer-transport.js'
import { Pauses } from '../../../dist/zab/peer/pauses.js'
import { WayToLeader, type WayToLeaderOptions } from '../../../dist/zab/peer/way-to-leader.js'

const link = {} as PeerLink
const turn = () => new Promise(resolve => setImmediate(resolve))

/** Looks for the way to server 1; `answer` says what becomes of each attempt, and after how long. */
async function find(answer: (attempt: number) => { readonly afterMs: number; readonly link?: PeerLink }) {
  const clock = new ManualClock()
  let attempts = 0
  const transport = {
    connect: () =>
      new Promise<PeerLink>((resolve, reject) => {
        const { afterMs, link } = answer(++attempts)
        clock.schedule(afterMs, () => (link === undefined ? reject(new Error('it fails')) : resolve(link)))
      }),
  } as unknown as PeerTransport
  const options = { transport, clock, logger: silentLogger } as unknown as WayToLeaderOptions
  const found = new WayToLeader(options, new Pauses(clock)).find('follower', 1)
  let over = false
  void found.then(() => {
    over = true
  })
  while (!over) {
    clock.advance(10)
    await turn()
  }
  return { way: await found, attempts, tookMs: clock.monotonic() }
}

t.test('a leader that refuses connections may be on its way to lead, and is asked again', async t => {
  const { way, attempts } = await find(attempt => ({ afterMs: 0, link: attempt === 15 ? link : undefined }))
  t.equal(way?.link, link)
  t.equal(attempts, 15)
})

t.test('a leader that refuses every connection is given up', async t => {
  const { way, attempts } = await find(() => ({ afterMs: 0 }))
  t.equal(way, undefined)
  t.equal(attempts, 20)
})

t.test('a leader that lets connections wait hears nobody, and is given up for the next election', async t => {
  const { way, attempts, tookMs } = await find(() => ({ afterMs: 1500 }))
  t.equal(way, undefined)
  t.equal(attempts, 1)
  t.equal(tookMs, 1500)
})

t.test('a leader that is slow to answer is not given up', async t => {
  const { way } = await find(() => ({ afterMs: 4000, link }))
  t.equal(way?.link, link)
})
