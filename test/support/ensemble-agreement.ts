import { connect } from '@menagerie/client'
import { runChild } from './child.js'
import type { Ensemble } from './ensemble.js'
import { MENAGERIE_COMMAND } from './menagerie.js'

/** Every server puts it into its tree by itself at its start, with the time of then; it is in no transaction. */
const OF_EACH_SERVER = '/zookeeper/config'

/**
 * Compares what the servers of an ensemble show: the tree with data, stats and ACLs by a client on each of them, after a
 * sync. Gives a sentence for each difference; empty is good. Nobody may write meanwhile.
 */
export async function differencesShown(ensemble: Ensemble): Promise<string[]> {
  const [first, ...others] = ensemble.servers.filter(({ running }) => running)
  const expected = await shownBy(first.address)
  const differences: string[] = []
  for (const other of others) {
    const tree = await shownBy(other.address)
    for (const path of new Set([...expected.keys(), ...tree.keys()])) {
      if (path !== OF_EACH_SERVER && tree.get(path) !== expected.get(path)) {
        differences.push(`${path} on server ${first.id}: ${expected.get(path)}; on ${other.id}: ${tree.get(path)}`)
      }
    }
  }
  const leader = await ensemble.leader()
  for (const server of [first, ...others]) {
    // A follower of Apache 3.8.0 fails on a COMMIT whose PROPOSAL came before NEWLEADER, as only Apache's leader sends it;
    // it comes again with transactions in its tree and log that it is then given once more (ZOOKEEPER-4394).
    if (server.kind === 'apache' && leader.kind === 'apache' && server !== leader) continue
    const mismatches = await server.metric('digest_mismatches_count')
    if (mismatches !== '0') differences.push(`server ${server.id} counts ${mismatches} digests that do not match`)
  }
  return differences
}

/** Every znode's data, stat and ACL as a client finds them after a sync, by path. */
async function shownBy(address: string): Promise<Map<string, string>> {
  const client = await connect({ servers: address, auth: [{ scheme: 'digest', credential: SUPER }] })
  await client.sync('/')
  const found = new Map<string, string>()
  const visit = async (path: string): Promise<void> => {
    const [{ data, stat }, { acl }, children] = await Promise.all([
      client.getData(path),
      client.getACL(path),
      client.getChildren(path),
    ])
    found.set(
      path,
      JSON.stringify({ data: hex(data), stat, acl }, (_, value) => (typeof value === 'bigint' ? `${value}` : value)),
    )
    await Promise.all(children.map(name => visit(path === '/' ? `/${name}` : `${path}/${name}`)))
  }
  await visit('/')
  await client.close()
  return found
}

const SUPER = new TextEncoder().encode('super:test')
const hex = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString('hex'))

/** What a stopped server has on its disk, in a form that can be compared. */
export interface Stored {
  readonly digest: string
  readonly znodes: number
  /** Ids and timeouts. */
  readonly sessions: readonly string[]
}

/** Reads the data directories of an ensemble whose servers are all stopped. */
export async function storedStates(ensemble: Ensemble): Promise<Stored[]> {
  const states: Stored[] = []
  for (const { dataDir } of ensemble.servers) {
    const args = [MENAGERIE_COMMAND, 'storage', 'inspect', '--json', dataDir]
    const { stdout, stderr, code } = await runChild(process.execPath, args)
    if (code !== 0) throw new Error(`cannot read ${dataDir}: ${stderr}`)
    const { digest, znodes, sessions } = JSON.parse(stdout)
    states.push({ digest, znodes, sessions: sessions.map((session: unknown) => JSON.stringify(session)).sort() })
  }
  return states
}
