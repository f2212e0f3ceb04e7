import { makeZxid } from '@menagerie/core'
import { ZabInvariants } from '@menagerie/core/simulation'
import t from 'tap'

const deliver = (invariants: ZabInvariants, server: number, zxid: number, hash = zxid % 1000): void =>
  invariants.delivered(server, { zxid, hash })

function broken(act: (invariants: ZabInvariants) => void, proposalsAnnounced = false): string[] {
  const invariants = new ZabInvariants({ proposalsAnnounced })
  act(invariants)
  return invariants.violations.map(({ property }) => property)
}

t.test('three servers that deliver one order, over a change of epoch and a restart, break nothing', async t => {
  const found = broken(invariants => {
    const zxids = [1, 2, 3, makeZxid(1, 1), makeZxid(1, 2), makeZxid(2, 1)]
    for (const zxid of zxids) for (const server of [1, 2]) deliver(invariants, server, zxid)
    for (const zxid of zxids.slice(0, 2)) deliver(invariants, 3, zxid)
    invariants.restarted(3, 2)
    for (const zxid of zxids.slice(2)) deliver(invariants, 3, zxid)
    t.strictSame(invariants.order, zxids)
    t.equal(invariants.lastAt(3), makeZxid(2, 1))
  })
  t.strictSame(found, [])
})

t.test('a leader that was paused while others went on may begin an epoch that is over', async t => {
  const before = makeZxid(1, 10)
  const resumed = (last: number) =>
    broken(invariants => {
      deliver(invariants, 1, before)
      invariants.established(1, 3, before)
      deliver(invariants, 1, makeZxid(3, 1))
      invariants.established(2, 2, last)
    })
  t.strictSame(resumed(before), [], 'what is of a later epoch it need not have')
  t.strictSame(resumed(before - 1), ['Zab: primary integrity'], 'what was delivered before its own it has to')
})

const breaches: [what: string, property: string, act: (invariants: ZabInvariants) => void][] = [
  [
    'a server delivers another transaction under the same zxid',
    'Zab: agreement',
    invariants => {
      deliver(invariants, 1, 1)
      deliver(invariants, 2, 1, 77)
    },
  ],
  [
    'a server delivers something twice',
    'Zab: total order',
    invariants => {
      deliver(invariants, 1, 1)
      deliver(invariants, 1, 1)
    },
  ],
  [
    'a server leaves out a transaction of an epoch',
    'Zab: local primary order',
    invariants => {
      deliver(invariants, 1, 1)
      deliver(invariants, 1, 3)
    },
  ],
  [
    'a server begins an epoch in its middle',
    'Zab: global primary order',
    invariants => {
      deliver(invariants, 1, 1)
      deliver(invariants, 1, makeZxid(1, 5))
    },
  ],
  [
    'a server goes on to the next epoch without what another had delivered of the last',
    'Zab: agreement',
    invariants => {
      for (const zxid of [1, 2]) deliver(invariants, 1, zxid)
      deliver(invariants, 2, 1)
      deliver(invariants, 1, makeZxid(1, 1))
      deliver(invariants, 2, makeZxid(1, 1))
    },
  ],
  [
    'a server delivers what the others had gone past',
    'Zab: no committed transaction is lost',
    invariants => {
      for (const zxid of [1, makeZxid(1, 1)]) deliver(invariants, 1, zxid)
      for (const zxid of [1, 2]) deliver(invariants, 2, zxid)
    },
  ],
  [
    'two servers lead one epoch',
    'Zab: one primary for each epoch',
    invariants => {
      invariants.established(1, 4, 0)
      invariants.established(2, 4, 0)
    },
  ],
  [
    'a leader begins without what was delivered before it',
    'Zab: primary integrity',
    invariants => {
      for (const zxid of [1, 2, 3]) deliver(invariants, 2, zxid)
      invariants.established(1, 1, 2)
    },
  ],
  [
    'a leader leaves a gap in what it broadcasts',
    'Zab: local primary order',
    invariants => {
      invariants.proposed(1, { zxid: 1, hash: 1 })
      invariants.proposed(1, { zxid: 3, hash: 3 })
    },
  ],
]

for (const [what, property, act] of breaches) {
  t.test(`is told when ${what}`, async t => t.ok(broken(act).includes(property), broken(act).join()))
}

t.test('is told when a server delivers what nobody broadcast', async t => {
  const found = broken(invariants => {
    invariants.proposed(1, { zxid: 1, hash: 1 })
    deliver(invariants, 1, 1, 1)
    deliver(invariants, 1, 2, 2)
  }, true)
  t.strictSame(found, ['Zab: integrity'])
})
