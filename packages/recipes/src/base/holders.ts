import { type Client, KeeperCode } from '@menagerie/client'
import { contendersOf, type Role } from './dialect.js'
import { isCode, persevere } from './retry.js'
import type { Queue } from './turn.js'

/**
 * Whether the grant with this fencing token is held, as of a moment after this was called: its znode is there, and nobody
 * before it blocks it.
 */
export async function isHolding(
  client: Client,
  folder: string,
  queue: Queue,
  role: Role,
  fencingToken: number,
): Promise<boolean> {
  const children = await persevere(client, async () => {
    await client.sync(folder) // a server that lags behind would know a holder who is gone
    return await client.getChildren(folder)
  }).catch(none)
  const contenders = contendersOf(folder, children ?? [], queue.dialect, queue.roles)
  const { blocks = () => true } = queue
  const blocker = contenders.findIndex(blocks)
  const holders = contenders.filter(
    (contender, index) => contender.role === role && (blocker === -1 || index <= blocker),
  )
  const stats = await Promise.all(
    holders.map(({ name }) => persevere(client, () => client.exists(`${folder}/${name}`))),
  )
  return stats.some(stat => stat?.czxid === fencingToken)
}

function none(error: unknown): undefined {
  if (!isCode(error, KeeperCode.NoNode)) throw error
}
