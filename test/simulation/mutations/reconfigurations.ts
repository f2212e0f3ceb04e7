/** Bugs of reconfigurations, and of who has a vote: in classes that no seam reaches, so they are changed for a run. */
import { encodePacket, Membership, PacketType } from '@menagerie/core/zab'
import type { Bug } from '../runner.js'
import type { ExpectedMutation } from './index.js'
import { tapLinks } from './link-taps.js'
import { internal, patch } from './patch.js'

const { Reconfiguration } = await internal('zab/leader/reconfiguration.js')
const { Proposals } = await internal('zab/leader/proposals.js')
const { Configuration } = await internal('zab/learner/configuration.js')

/** Where a packet of a committed configuration says who is to lead: behind type, zxid and length. */
const DESIGNATED_AT = 16

type Acks = ReadonlySet<number>
type Verifier = Membership['current']

/** Whether these are more than half as many as the voters, with or without a vote. */
function manyEnough(acks: Acks, { servers, voters }: Verifier): boolean {
  return [...servers.keys()].filter(id => acks.has(id)).length * 2 > voters.size
}

export const reconfigurationMutations: readonly ExpectedMutation[] = [
  {
    name: 'commits a reconfiguration by a quorum of the old configuration alone',
    servers: 3,
    reconfigs: 'all',
    seedsMax: 30,
    patch: () => {
      const { decide } = Membership.prototype
      return patch(Membership.prototype, {
        decide(this: Membership, acks: Acks, verifier: Verifier) {
          return verifier === this.next || decide.call(this, acks, verifier)
        },
      })
    },
  },
  {
    name: 'goes by a new configuration before it is committed',
    servers: 3,
    reconfigs: 'all',
    seedsMax: 30,
    patch: () => {
      const { propose } = Membership.prototype
      return patch(Membership.prototype, {
        propose(this: Membership, next: Verifier) {
          // What the first leader makes of the list is in force when it leads, in any case.
          if (this.current.version === 0) propose.call(this, next)
          else if (next.version > this.current.version) this.activate(next)
        },
      })
    },
  },
  {
    name: 'gives a new configuration the version of the one before',
    servers: 3,
    reconfigs: 'all',
    seedsMax: 30,
    patch: () => {
      const { propose } = Membership.prototype
      return patch(Membership.prototype, {
        propose(this: Membership, next: Verifier) {
          const version = this.current.version === 0 ? next.version : this.current.version
          propose.call(this, { ...next, version })
        },
      })
    },
  },
  {
    name: 'goes on leading after it has been removed',
    servers: 3,
    reconfigs: 'all',
    seedsMax: 30,
    patch: () => {
      type Committed = Readonly<Record<'activate' | 'inform', Uint8Array>>
      const commit = Reconfiguration.prototype.commit as (...args: unknown[]) => Committed
      return patch(Reconfiguration.prototype, {
        commit(this: { options: { self: number } }, ...args: unknown[]) {
          const { self: leader } = this.options
          const { activate, inform } = commit.apply(this, args)
          for (const { buffer, byteOffset } of [activate, inform])
            new DataView(buffer, byteOffset).setBigInt64(DESIGNATED_AT, BigInt(leader))
          return { activate, inform, leader }
        },
      })
    },
  },
  {
    name: 'does not tell its followers that a configuration is in force',
    servers: 3,
    reconfigs: 'all',
    seedsMax: 30,
    transport: transport =>
      tapLinks(transport, side => ({
        outgoing: ({ type, zxid }, bytes) =>
          side === 'leader' && type === PacketType.COMMITANDACTIVATE ? encodePacket(PacketType.COMMIT, zxid) : bytes,
      })),
  },
  {
    name: 'counts the voices of observers when it is to lead',
    servers: 3,
    observers: 2,
    seedsMax: 30,
    patch: () =>
      patch(Membership.prototype, {
        isVoter(this: Membership, id: number) {
          return this.current.servers.has(id)
        },
        decide: manyEnough,
      }),
  },
  {
    name: 'counts what observers have been told as acknowledged by them',
    servers: 3,
    observers: 2,
    seedsMax: 30,
    patch: () => {
      interface Learner {
        readonly id: number
        readonly kind: string
        readonly phase: string
      }
      interface Leading {
        readonly term: {
          readonly learners: Iterable<Learner>
          readonly options: { readonly host: { readonly history: { readonly logged: number } } }
        }
      }
      const durable = Proposals.prototype.durable as () => [number, number][]
      const undo = patch(Membership.prototype, { decide: manyEnough })
      const undoToo = patch(Proposals.prototype, {
        durable(this: Leading) {
          const { learners, options } = this.term
          const observers = [...learners].filter(({ kind, phase }) => kind === 'observer' && phase === 'active')
          return [...durable.call(this), ...observers.map(({ id }) => [id, options.host.history.logged])]
        },
      })
      return () => {
        undoToo()
        undo()
      }
    },
  },
]

/** Found by a scenario of its own. */
export const underWayMutations: readonly Bug[] = [
  {
    name: 'takes a configuration that its leader has only proposed for one in force',
    patch: () => {
      const upToDate = Configuration.prototype.upToDate as (last: number) => string | undefined
      return patch(Configuration.prototype, {
        upToDate() {
          return upToDate.call(this, Number.MAX_SAFE_INTEGER)
        },
      })
    },
  },
]
