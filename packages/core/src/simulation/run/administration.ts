import { generateDigest } from '../../auth/digest.js'
import type { ServerSettingsInput } from '../../config/settings.js'
import type { QuorumVerifier } from '../../zab/quorum/index.js'
import { AdminClient } from '../admin/index.js'
import type { SimulatedClientParts } from '../client/index.js'
import { clientNode, type Reconfig, type Schedule } from '../faults/index.js'
import type { HistoryRecorder } from '../history/index.js'
import type { SeededRandom } from '../time/index.js'
import { CONFIG_PATH } from '../workload/index.js'
import { SimulatedConfigStore } from './config-store.js'
import { ensembleOptions, firstMembers, optionsOf, serverLine } from './ensemble.js'
import { readFinalTree } from './final-tree.js'
import type { SimulatedServer } from './simulated-server.js'

const ADMIN = 'super:simulated'
/** How long a machine is away that is started again with another configuration. */
const RENEWAL_MS = 10

export interface AdministrationParts {
  readonly schedule: Schedule
  readonly random: SeededRandom
  readonly client: Omit<SimulatedClientParts, 'name' | 'node' | 'random' | 'ready' | 'digestAuth'>
  machine(id: number): SimulatedServer
  /** The last configuration that is committed. */
  current(): QuorumVerifier
}

/** The part of a run that has to do with reconfigurations: who is asked for them, what machines know, how it all ends. */
export class Administration {
  /** Without these a server takes no reconfiguration: it is enabled, and there is somebody who may. */
  static readonly settings: ServerSettingsInput = { reconfigEnabled: true, superDigest: generateDigest(ADMIN) }
  readonly admin: AdminClient
  private readonly stores = new Map<number, SimulatedConfigStore>()
  private readonly random: SeededRandom
  private areFaultsOver = false

  constructor(private readonly parts: AdministrationParts) {
    const { schedule, client } = parts
    this.random = parts.random.split('administrator')
    this.admin = new AdminClient(
      { ...client, name: 'administrator', node: clientNode(0), random: this.random, digestAuth: ADMIN },
      {
        // A server with a damaged log has no vote: there has to be a quorum without it.
        votersMin: schedule.faults.some(({ kind }) => kind === 'logDamage') ? 3 : 0,
        hands: {
          start: (server, known) => this.provide(server, known),
          isKnown: config => this.isKnown(config),
          stop: server => parts.machine(server).retire(),
          line: serverLine,
        },
      },
    )
    const first = firstMembers(schedule.servers, schedule.observers)
    for (const { server } of first) this.storeOf(server).provide(first.map(serverLine).join('\n'))
  }

  storeOf(server: number): SimulatedConfigStore {
    let store = this.stores.get(server)
    if (store === undefined) {
      store = new SimulatedConfigStore(ensembleOptions(optionsOf(this.parts.schedule)))
      this.stores.set(server, store)
    }
    return store
  }

  /** What servers show of the ensemble by themselves, before anything has changed it. */
  noteFirst(recorder: HistoryRecorder, { id, server }: SimulatedServer): void {
    if (recorder.configuration !== undefined) return
    const shown = readFinalTree(id, 0, server!.store).znodes.get(CONFIG_PATH)
    if (shown !== undefined) recorder.configuration = { text: shown.data ?? '', version: shown.mzxid }
  }

  reconfigure(change: Reconfig): void {
    this.admin.reconfigure(change)
  }

  /** Every machine runs that may be in the configuration by now. */
  heal(): void {
    this.areFaultsOver = true
    this.admin.faultsEnded()
    for (const fault of this.parts.schedule.faults) {
      if (fault.kind !== 'reconfig') continue
      for (const { server } of [...(fault.members ?? []), ...(fault.joining ?? [])])
        this.provide(server, this.parts.current())
    }
  }

  /** A new server is told of the others and of itself, as what it does not matter: its leader knows better. */
  private provide(server: number, { servers }: QuorumVerifier): void {
    const others = [...servers.values()].filter(({ id }) => id !== server)
    const members = others.map(({ id, role }) => serverLine({ server: id, role }))
    const role = this.random.chance(0.5) ? 'observer' : 'participant'
    const config = [...members, serverLine({ server, role })].join('\n')
    const machine = this.parts.machine(server)
    machine.provide(config)
    if (!this.areFaultsOver || servers.has(server) || machine.role !== 'looking') return
    // It has been left out, and all that it knows of may be stopped by now.
    this.storeOf(server).renew(config)
    machine.restart(RENEWAL_MS)
  }

  private isKnown({ servers, version }: QuorumVerifier): boolean {
    return [...servers.keys()].every(server => this.storeOf(server).version >= version)
  }

  /** Who belongs to the ensemble. */
  get members(): readonly number[] {
    return [...this.parts.current().servers.keys()]
  }

  /** Why the ensemble is not what its configuration says; null: it is. */
  get deviation(): string | null {
    const { machine, current } = this.parts
    const { servers, voters } = current()
    let leaders = 0
    for (const id of servers.keys()) {
      const { role } = machine(id)
      if (role === 'leading' && voters.has(id)) leaders++
      else if (role !== (voters.has(id) ? 'following' : 'observing'))
        return `server ${id} is ${role}, and ${voters.has(id) ? 'votes' : 'does not vote'} in the configuration`
    }
    return leaders === 1 ? null : `${leaders} servers of the configuration lead`
  }
}
