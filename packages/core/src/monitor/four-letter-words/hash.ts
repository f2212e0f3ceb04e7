/** hash: the tree digests of late, to compare servers by. */
import { zxidHex } from '../../zxid.js'
import type { MonitorSource } from '../monitor-source.js'
import { lines, NOT_SERVING } from './format.js'

export function hash(source: MonitorSource): string {
  if (!source.isServing) return NOT_SERVING
  return lines([...source.digests()].map(({ zxid, digest }) => `${zxidHex(zxid)}: ${BigInt.asIntN(64, digest)}`))
}
