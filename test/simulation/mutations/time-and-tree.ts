import type { ExpectedMutation } from './index.js'
import { wrap } from './wrap.js'

/** A fast clock counts so many milliseconds for one. */
const FAST = 2.5

export const timeAndTreeMutations: readonly ExpectedMutation[] = [
  {
    name: 'expires sessions before their timeout is over',
    seedsMax: 40,
    clock: clock =>
      wrap(clock, {
        monotonic: () => clock.monotonic() * FAST,
        schedule: (delayMs, callback) => clock.schedule(delayMs / FAST, callback),
      }),
  },
  {
    name: 'never expires a session',
    seedsMax: 40,
    clock(clock) {
      const startedAt = clock.monotonic()
      return wrap(clock, { monotonic: () => startedAt })
    },
  },
  {
    name: 'forgets now and then when a znode was changed',
    seedsMax: 10,
    store: (store, { random }) =>
      wrap(store, {
        setMzxid(node, zxid) {
          if (!random.chance(0.05)) store.setMzxid(node, zxid)
        },
      }),
  },
  {
    name: 'counts a change of data now and then that it does not make',
    seedsMax: 10,
    store: (store, { random }) =>
      wrap(store, {
        setData(node, data) {
          if (!random.chance(0.05)) store.setData(node, data)
        },
      }),
  },
]
