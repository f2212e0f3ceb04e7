import { type EnsembleServerView, zxidCounter, zxidEpoch, zxidHex } from '@menagerie/core'
import type { Command } from '../command.js'

/** What is not counted for single learners. */
const NOT_COUNTED = -1

export const ensembleCommands: readonly Command[] = [
  {
    names: ['leader', 'lead'],
    run({ server }) {
      const ensemble = server.ensemble()
      if (ensemble === undefined) return { fields: { error: 'server is not initialized' } }
      const { isLeader, leaderId, servers } = ensemble
      const leader = leaderId === undefined ? undefined : servers.get(leaderId)
      return {
        fields: { is_leader: isLeader, leader_id: leaderId ?? -1, leader_ip: leader?.addresses[0]?.host ?? '' },
      }
    },
  },
  {
    names: ['observers', 'obsr'],
    run({ server }) {
      const observers = server.ensemble()?.observers ?? []
      return {
        fields: {
          synced_observers: observers.length,
          observers: observers.map(({ id, remote, lastZxid }) => ({
            remote_socket_address: remote,
            sid: id,
            established: NOT_COUNTED,
            queued_packets: NOT_COUNTED,
            queued_packets_size: NOT_COUNTED,
            packets_received: NOT_COUNTED,
            packets_sent: NOT_COUNTED,
            requests: NOT_COUNTED,
            last_zxid: lastZxid,
          })),
        },
      }
    },
  },
  // Nothing is counted for single observers.
  { names: ['observer_connection_stat_reset', 'orst'], run: () => ({}) },
  {
    names: ['voting_view'],
    run({ server }) {
      const ensemble = server.ensemble()
      const voters = [...(ensemble?.servers ?? [])].filter(([, { isVoter }]) => isVoter)
      return {
        fields: {
          current_config: new Map(
            voters.map(([id, view]) => [
              id,
              {
                server_addresses: view.addresses.map(({ host, quorumPort }) => address(host, quorumPort)),
                election_addresses: view.addresses.map(({ host, electionPort }) => address(host, electionPort)),
                client_address: view.client === undefined ? '' : address(view.client.host, view.client.port),
                learner_type: 'participant',
              },
            ]),
          ),
        },
      }
    },
  },
  {
    names: ['zabstate'],
    always: true,
    run({ server }) {
      const ensemble = server.ensemble()
      if (ensemble === undefined) return { fields: { voting: false, zabstate: '' } }
      const { lastProcessedZxid } = server.facts
      const own = ensemble.servers.get(ensemble.myId)
      return {
        fields: {
          myid: ensemble.myId,
          is_leader: ensemble.isLeader,
          quorum_address: addressObject(own, 'quorumPort'),
          election_address: addressObject(own, 'electionPort'),
          client_address: clientAddress(own, server.facts.config.clientPort),
          voting: own?.isVoter ?? false,
          last_zxid: `0x${zxidHex(lastProcessedZxid)}`,
          zab_epoch: zxidEpoch(lastProcessedZxid),
          zab_counter: zxidCounter(lastProcessedZxid),
          zabstate: ensemble.phase,
        },
      }
    },
  },
]

const address = (host: string, port: number) => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`)

function clientAddress(own: EnsembleServerView | undefined, clientPort: number): string | null {
  if (own?.client !== undefined) return address(own.client.host, own.client.port)
  return clientPort === -1 ? null : address('0.0.0.0', clientPort)
}

/**
 * Apache's MultipleAddresses as its printer takes it apart. Which addresses can be reached is not probed for a monitor's
 * sake: all of them are shown as if they could.
 */
function addressObject(own: EnsembleServerView | undefined, port: 'quorumPort' | 'electionPort') {
  const addresses = own?.addresses ?? []
  const all = addresses.map(each => address(each.host, each[port]))
  const ports = addresses.map(each => each[port])
  return {
    empty: all.length === 0,
    all_addresses: all,
    all_reachable_addresses: all,
    one: all[0] ?? null,
    reachable_address: all[0] ?? null,
    wildcard_addresses: ports.map(each => address('0.0.0.0', each)),
    all_ports: ports,
    all_host_strings: addresses.map(({ host }) => host),
    all_reachable_addresses_or_all: all,
    reachable_or_one: all[0] ?? null,
  }
}
