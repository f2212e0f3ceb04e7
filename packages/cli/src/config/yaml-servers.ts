/** The servers of an ensemble: `ensemble` of the YAML, by id. */
import { type ConfigDraft, type EnsembleServer, judgeEnsemble } from '@menagerie/core'
import { z } from 'zod'
import { parseAddress } from './yaml-clients.js'
import type { YamlSource } from './yaml-source.js'

const port = z.number().int().min(1).max(65535)

/** A transport that finds servers by their ids, as NATS does, needs no address; others get ZooKeeper's usual ports. */
const server = z.strictObject({
  host: z.string().min(1).default('127.0.0.1'),
  peer: port.default(2888),
  election: port.default(3888),
  role: z.enum(['participant', 'observer']).default('participant'),
  clients: z.string().optional(),
})

export function takeServers(source: YamlSource, draft: ConfigDraft): void {
  const servers = new Map<number, EnsembleServer>()
  for (const [name, value] of Object.entries(source.map(['ensemble'], 'a map of servers by id'))) {
    const path = ['ensemble', name]
    const parsed = server.safeParse(value)
    if (!/^\d{1,3}$/.test(name) || Number(name) > 255) {
      source.report(path, `found "${name}" as id of a server, expected a number from 0 to 255`)
    } else if (!parsed.success) source.reportIssues(path, parsed.error.issues)
    else {
      const { host, peer, election, role, clients } = parsed.data
      const client = clients === undefined ? undefined : parseAddress(clients)
      if (clients !== undefined && !client) {
        source.report([...path, 'clients'], `found "${clients}", expected an address and a port, as 127.0.0.1:2181`)
      }
      if (peer === election) source.report([...path, 'election'], `found ${election}, expected another port than peer`)
      const addresses = [{ host, quorumPort: peer, electionPort: election }]
      servers.set(Number(name), {
        id: Number(name),
        addresses,
        role,
        client: client && { host: client.host ?? '0.0.0.0', port: client.port },
      })
    }
  }
  const groups = new Map<number, readonly number[]>()
  const weights = new Map<number, number>()
  const standaloneEnabled = draft.get<boolean>('settings.standaloneEnabled') ?? true
  const verdict = judgeEnsemble({ servers, groups, weights }, standaloneEnabled)
  const { file, line } = source.origin(['ensemble'])
  for (const message of verdict.problems) source.report(['ensemble'], message)
  for (const message of verdict.warnings) draft.warnings.push({ file, line, key: 'ensemble', message })
  const myId = draft.get<number>('settings.serverId')
  if (myId === undefined && verdict.distributed) {
    source.report(['server'], 'id is not given, expected which server of the ensemble this is')
  } else if (myId !== undefined && !servers.has(myId)) {
    source.report(['server', 'id'], `found ${myId}, expected one of the ensemble (${[...servers.keys()].join(', ')})`)
  }
  const { distributed } = verdict
  draft.ensemble = { servers, groups, weights, version: '0', myId, distributed, options: new Map() }
}
