/** Bugs in what servers know of sessions. */
import type { ExpectedMutation } from './index.js'
import { internal, patch } from './patch.js'

const { SessionTracker } = await internal('sessions/session-tracker.js')
const { Session } = await internal('sessions/session.js')

interface SessionLike {
  readonly id: bigint
  readonly owner: object | null
}

interface Tracker {
  get(id: bigint): SessionLike | undefined
}

export const sessionMutations: readonly ExpectedMutation[] = [
  {
    name: 'gives out the session ids that every other server gives out',
    servers: 3,
    seedsMax: 10,
    property: 'a session is with its client',
    patch: () => {
      const allocate = SessionTracker.prototype.allocate as (timeoutMs: number) => SessionLike
      return patch(SessionTracker.prototype, {
        allocate(this: Tracker, timeoutMs: number) {
          for (;;) {
            const { id } = allocate.call(this, timeoutMs)
            const common = BigInt.asUintN(56, id)
            if (this.get(common) === undefined) return Reflect.construct(Session as never, [common, timeoutMs])
          }
        },
      })
    },
  },
  {
    name: 'does not note at its beginning whose a session is',
    servers: 3,
    seedsMax: 10,
    property: 'a session is with its client',
    patch: () => {
      const own = SessionTracker.prototype.own as (session: SessionLike, owner: object | null) => void
      return patch(SessionTracker.prototype, {
        own(this: Tracker, session: SessionLike, owner: object | null) {
          if (this.get(session.id) !== undefined) own.call(this, session, owner)
        },
      })
    },
  },
  {
    name: 'leaves a session with the server that its client has left',
    servers: 3,
    seedsMax: 40,
    property: 'a session is with its client',
    patch: () => {
      const own = SessionTracker.prototype.own as (session: SessionLike, owner: object | null) => void
      return patch(SessionTracker.prototype, {
        own(this: Tracker, session: SessionLike, owner: object | null) {
          if (session.owner === null) own.call(this, session, owner)
        },
      })
    },
  },
]
