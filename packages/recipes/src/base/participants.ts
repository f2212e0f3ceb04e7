import { type Client, KeeperCode } from '@menagerie/client'
import { contendersOf } from './dialect.js'
import { isCode, persevere } from './retry.js'
import { text } from './text.js'
import type { Queue } from './turn.js'

/** One who queues. */
export interface Participant {
  /** Of its znode. */
  readonly path: string
  /** What its znode holds, as text: in Curator's latch and in kazoo the participant's name. */
  readonly id: string
  /** Whether it is the first in the queue. */
  readonly first: boolean
}

/** Who queues at a path, in order. Those that leave while they are read are left out. */
export async function participantsOf(client: Client, folder: string, queue: Queue): Promise<Participant[]> {
  const children = await persevere(client, () => client.getChildren(folder)).catch(none)
  const contenders = contendersOf(folder, children ?? [], queue.dialect, queue.roles)
  const found = await Promise.all(
    contenders.map(async ({ name }) => {
      const path = `${folder}/${name}`
      const znode = await persevere(client, () => client.getData(path)).catch(none)
      return znode === undefined ? [] : [{ path, id: text(znode.data) }]
    }),
  )
  return found.flat().map((participant, index) => ({ ...participant, first: index === 0 }))
}

function none(error: unknown): undefined {
  if (!isCode(error, KeeperCode.NoNode)) throw error
}
