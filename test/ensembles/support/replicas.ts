import { connect } from '@menagerie/client'
import { runChild } from '../../support/child.js'
import { MENAGERIE_COMMAND } from '../../support/menagerie.js'
import { readTree } from '../../support/tree.js'
import type { PartsEnsemble } from './parts-ensemble.js'

/** The server's own: when it started, and what its file says. */
const OWN = '/zookeeper/config'

/**
 * Compares what the servers show to a client on each of them, after a sync: every znode with data, Stat and ACL, and
 * whether a digest in the log ever differed from the tree's. Gives a sentence for each difference; empty is good. Nobody
 * may write meanwhile.
 */
export async function differences(ensemble: PartsEnsemble): Promise<string[]> {
  const trees = []
  for (const { port } of ensemble.servers) {
    // The session of the reader is a write: once it is closed, and the server has caught up, nothing moves.
    const client = await connect(`127.0.0.1:${port}`)
    await client.sync('/')
    await client.close()
    trees.push(await readTree(port))
  }
  const [expected, ...others] = trees
  const found: string[] = []
  for (const [index, tree] of others.entries()) {
    for (const path of new Set([...expected.keys(), ...tree.keys()])) {
      if (path === OWN || tree.get(path) === expected.get(path)) continue
      found.push(`${path} on server 1: ${expected.get(path)}; on ${index + 2}: ${tree.get(path)}`)
    }
  }
  for (const server of ensemble.servers) {
    const mismatches = await server.metric('digest_mismatches_count')
    if (mismatches !== '0') found.push(`server ${server.id} counts ${mismatches} digests that do not match`)
  }
  return found
}

/** What a stopped server has on its disk. */
export interface Stored {
  readonly digest: string
  readonly znodes: number
  readonly sessions: readonly string[]
}

/** @param address `file:DIR`, as `menagerie storage` takes it */
export async function stored(address: string): Promise<Stored> {
  const args = [MENAGERIE_COMMAND, 'storage', 'inspect', '--json', address]
  const { stdout, stderr, code } = await runChild(process.execPath, args)
  if (code !== 0) throw new Error(`${address} cannot be read: ${stderr}`)
  const { digest, znodes, sessions } = JSON.parse(stdout)
  return { digest, znodes, sessions: sessions.map((session: unknown) => JSON.stringify(session)).sort() }
}
