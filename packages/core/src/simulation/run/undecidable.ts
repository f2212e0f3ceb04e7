import { firstAtLeast } from '../../memory/first-at-least.js'
import type { ServerId } from '../../seams/peer-transport.js'
import type { Zxid } from '../../zxid.js'
import type { SimulatedDisk } from '../disk/simulated-disk.js'

/** A server as far as it matters here. */
export interface Holder {
  readonly id: ServerId
  readonly disk: SimulatedDisk
}

/**
 * Whether a transaction that a damaged log has lost is left with servers alone that a reconfiguration under way is to
 * make voters. By its quorums it may be committed, so nobody may lead without it; and who has it may not lead, since the
 * voters of the configuration in force do not know of it. Nobody decides then, and rightly so.
 *
 * @param voters of the configuration in force
 * @param committed the last transaction that is known to be committed
 */
export function isUndecidable(machines: readonly Holder[], voters: ReadonlySet<ServerId>, committed: Zxid): boolean {
  const lost = machines.flatMap(({ disk }) => [...disk.lost]).filter(zxid => zxid > committed)
  return lost.some(zxid => {
    const holders = machines.filter(({ disk }) => holds(disk, zxid))
    return holders.length > 0 && holders.every(({ id }) => !voters.has(id))
  })
}

function holds({ records, snapshots }: SimulatedDisk, zxid: Zxid): boolean {
  if (records[firstAtLeast(records, zxid)]?.zxid === zxid) return true
  return [...snapshots.values()].some(snapshot => snapshot.zxid >= zxid)
}
