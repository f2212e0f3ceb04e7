import { readFileSync } from 'node:fs'
import { MarshallingError } from '@menagerie/core/jute'
import {
  decodeNotification,
  encodeNotification,
  NO_VOTE,
  NOTIFICATION_BYTES_MAX,
  parseConfig,
} from '@menagerie/core/zab'
import t from 'tap'
import { Seeded } from '../../seeded.js'
import { verifierOf } from '../quorum/ensembles.js'

interface Recording {
  readonly messages: readonly { readonly from: number; readonly bytes: string }[]
}

/** What an Apache ensemble sent: 1 and 2 vote, 3 observes. */
const file = new URL('../../../test/zab/election/fixtures/notifications.json', import.meta.url)
const { messages } = JSON.parse(readFileSync(file, 'utf8')) as Recording
const recorded = messages.map(({ from, bytes }) => ({ from, bytes: new Uint8Array(Buffer.from(bytes, 'hex')) }))

t.test("Apache's notifications are read", async t => {
  const seen = recorded.map(({ from, bytes }) => {
    const { state, leader, zxid, peerEpoch, electionEpoch, version, config } = decodeNotification(bytes)
    const list = verifierOf(config ?? '')
    return [from, state, leader, zxid, peerEpoch, electionEpoch, version, list.version, [...list.voters]]
  })
  const voters = [1, 2, 9]
  t.strictSame(seen, [
    [1, 'looking', 1, 0, 0, 1, 2, 0, voters],
    [3, 'looking', NO_VOTE, NO_VOTE, NO_VOTE, 1, 2, 0, voters],
    [3, 'looking', 1, 0, 0, 1, 2, 0, voters],
    [2, 'looking', 2, 0, 0, 1, 2, 0, voters],
    [1, 'looking', 2, 0, 0, 1, 2, 0, voters],
    [3, 'looking', 2, 0, 0, 1, 2, 0, voters],
    [3, 'observing', 2, 0, 1, 1, 2, 0x1_0000_0000, voters],
    [1, 'following', 2, 0, 1, 1, 2, 0x1_0000_0000, voters],
    [2, 'leading', 2, 0, 1, 1, 2, 0x1_0000_0000, voters],
  ])
})

t.test("Apache's notifications are written byte for byte", async t => {
  for (const { bytes } of recorded) t.strictSame(encodeNotification(decodeNotification(bytes)), bytes)
})

const vote = { leader: 3, zxid: 0x5_0000_0007, peerEpoch: 6, electionEpoch: 4 } as const

t.test('older formats are read: 28 bytes take the epoch from the zxid, 40 bytes count as version 0', async t => {
  const bytes = encodeNotification({ state: 'leading', ...vote, config: undefined })
  t.equal(bytes.length, 40)
  const rest = { version: 0, config: undefined }
  t.strictSame(decodeNotification(bytes), { ...vote, state: 'leading', ...rest })
  t.strictSame(decodeNotification(bytes.slice(0, 28)), { ...vote, state: 'leading', peerEpoch: 5, ...rest })
})

t.test('the configuration is UTF-8, and what follows it is ignored', async t => {
  const notification = { state: 'looking', ...vote, version: 2, config: 'server.1=höst:1:2' } as const
  const bytes = encodeNotification(notification)
  t.equal(bytes.length, 44 + 18)
  const longer = new Uint8Array(bytes.length + 5)
  longer.set(bytes)
  t.strictSame(decodeNotification(longer), notification)
})

t.test('a message that cannot be one is refused', async t => {
  const good = encodeNotification({ state: 'looking', ...vote, config: 'server.1=a:1:2' })
  const changed = (at: number, ...values: number[]) => {
    const bytes = good.slice()
    bytes.set(values, at)
    return bytes
  }
  const bad: [string, Uint8Array][] = [
    ['empty', good.slice(0, 0)],
    ['cut short in the vote', good.slice(0, 27)],
    ['between the formats', good.slice(0, 36)],
    ['cut short in the length', good.slice(0, 43)],
    ['cut short in the configuration', good.slice(0, good.length - 1)],
    ['an unknown state', changed(0, 0, 0, 0, 4)],
    ['a leader below zero', changed(4, 255, 255, 255, 255, 255, 255, 255, 254)],
    ['a zxid beyond 2^53', changed(12, 0, 64, 0, 0)],
    ['a round below -1', changed(20, 255, 255)],
    ['a round that leaves no room for later ones', changed(20, 0, 2)],
    ['an epoch beyond 2^53', changed(28, 127)],
    ['a configuration of length -1', changed(40, 255, 255, 255, 255)],
    ['a configuration of negative length', changed(40, 128, 0, 0, 0)],
    ['a configuration longer than the message', changed(40, 127, 255, 255, 255)],
    ['too long', new Uint8Array(NOTIFICATION_BYTES_MAX + 1)],
  ]
  for (const [name, bytes] of bad) t.throws(() => decodeNotification(bytes), MarshallingError, name)
})

t.test('damage is read or refused, and never ends in another error', async t => {
  const random = new Seeded(7)
  let read = 0
  for (let i = 0; i < 20_000; i++) {
    const bytes = random.chance(4) ? random.bytes(random.below(400)) : random.pick(recorded).bytes.slice()
    for (let n = random.below(6); n > 0 && bytes.length > 0; n--) bytes[random.below(bytes.length)] = random.next()
    try {
      const { config } = decodeNotification(bytes.slice(0, random.chance(3) ? random.below(400) : undefined))
      parseConfig(config ?? '')
      read++
    } catch (error) {
      if (!(error instanceof MarshallingError)) throw error
    }
  }
  t.ok(read > 0 && read < 20_000, `${read} of 20000 were read`)
})
