/** Who is there, under faults: once all has healed everybody sees everybody, and nobody else. */
import type { Client } from '@menagerie/client'
import { Group, PersistentNode, ServiceDiscovery } from '@menagerie/recipes'
import { type Observable, tap } from 'rxjs'
import { Persistent } from './persistence.js'
import { type Machine, World } from './world.js'

const FAULTS_MS = 6000
const LIMIT_MS = 60_000
const PATH = '/members'

export interface MembersRun {
  readonly violations: readonly string[]
  /** What the observers were told. */
  readonly told: number
}

interface Kind {
  /** Is there until disposed of. Resolves once it is. */
  join(client: Client, machine: Machine): Promise<AsyncDisposable>
  /** The names of those that are there, now and whenever that changes. */
  names$(client: Client, machine: Machine, tell: (names: string[]) => void): Observable<unknown>
}

const discovery = (client: Client, machine: Machine) => new ServiceDiscovery(client, PATH, machine.options)
const KINDS = {
  group: groupOf('curator'),
  'kazoo group': groupOf('kazoo'),
  'shallow kazoo group': groupOf('kazoo-shallow'),
  'service discovery': {
    async join(client, machine) {
      return await discovery(client, machine).register({ name: 'service', id: machine.name })
    },
    names$: (client, machine, tell) => {
      const instances$ = discovery(client, machine).instances$('service')
      return told(instances$, tell, found => found.map(({ id }) => id))
    },
  },
  /** The client's own stream, replayed into a set. */
  'persistent nodes and watch$': {
    join: (client, machine) => new PersistentNode(client, `${PATH}/${machine.name}`).start(),
    names$(client, _, tell) {
      const names = new Set<string>()
      return told(client.watch$(PATH, { recursive: true, initial: true }), tell, ({ type, path }) => {
        const name = path.slice(PATH.length + 1)
        if (type === 'created' && name !== '') names.add(name)
        if (type === 'deleted') names.delete(name)
        return [...names]
      })
    },
  },
} satisfies Record<string, Kind>

export type MembersKind = keyof typeof KINDS
export const MEMBERS_KINDS = Object.keys(KINDS) as MembersKind[]

/** Three machines come and go, and stay in the end; two others look on. */
export async function membersRun(seed: number, kind: MembersKind, servers: 1 | 3 = 1): Promise<MembersRun> {
  const world = new World(seed, servers)
  const members = [1, 2, 3].map(number => world.machine(`member ${number}`))
  const observers = [1, 2].map(number => world.machine(`observer ${number}`))
  const wanted = members.map(({ name }) => name).join()
  let watching = observers.length
  let told = 0
  world.trouble(FAULTS_MS)
  const take = async (machine: Machine) => {
    const process = new Persistent(machine)
    for (let last = false; !last; ) {
      await process.attempt(
        async client => {
          last = world.timeline.nowUs > FAULTS_MS * 1000
          await using _member = await KINDS[kind].join(client, machine)
          do await machine.sleep(machine.random.between(1, 800))
          while (last && watching > 0 && client.state !== 'expired')
          if (client.state === 'expired' && !machine.renews) last = false
        },
        () => {
          last = false
        },
      )
    }
    await process.close()
  }
  const look = async (machine: Machine) => {
    const process = new Persistent(machine)
    await process.insist(async client => {
      let failure: unknown
      let names: string[] = []
      const subscription = KINDS[kind]
        .names$(client, machine, found => {
          told++
          names = found
        })
        .subscribe({
          error: error => {
            failure = error
          },
        })
      try {
        while ([...names].sort().join() !== wanted || world.timeline.nowUs <= FAULTS_MS * 1000) {
          if (failure !== undefined) throw failure
          await machine.sleep(50)
        }
      } finally {
        subscription.unsubscribe()
      }
    })
    watching--
    await process.close()
  }
  if (!(await world.run([...members.map(take), ...observers.map(look)], LIMIT_MS))) {
    world.fail(`${watching} observers never see all members`)
  }
  return { violations: world.violations, told }
}

function groupOf(dialect: 'curator' | 'kazoo' | 'kazoo-shallow'): Kind {
  return {
    async join(client, machine) {
      const group = new Group(client, PATH, { ...machine.options, id: machine.name, dialect })
      await group.join()
      return group
    },
    names$: (client, machine, tell) => {
      const group = new Group(client, PATH, { ...machine.options, dialect })
      return told(group.members$, tell, found => found.map(({ id }) => id))
    },
  }
}

function told<T>(source$: Observable<T>, tell: (names: string[]) => void, namesOf: (value: T) => string[]) {
  return source$.pipe(tap(value => tell(namesOf(value))))
}
