import { type Client, CreateMode, KeeperCode } from '@menagerie/client'
import { parentOf } from './paths.js'
import { isCode, persevere } from './retry.js'

/**
 * Creates a znode and whatever is missing above it; what exists already is left as it is.
 * @param mode of what is created: CONTAINER as Curator's recipes do, so that the server removes folders that
 * have become empty, or PERSISTENT
 * @param modeAbove of what is missing above it, if that differs
 */
export async function ensurePath(
  client: Client,
  path: string,
  mode: number = CreateMode.CONTAINER,
  modeAbove: number = mode,
): Promise<void> {
  for (;;) {
    try {
      await persevere(client, () => client.create(path, null, { mode }))
      return
    } catch (error) {
      if (isCode(error, KeeperCode.NodeExists)) return
      // Below the root nothing can be missing but the chroot, which is not the recipe's to make.
      if (!isCode(error, KeeperCode.NoNode) || parentOf(path) === '/') throw error
    }
    await ensurePath(client, parentOf(path), modeAbove)
  }
}

/** Runs a create; when its parent is missing, makes the parent and runs it again, since a container may go in between. */
export async function withParent<T>(
  client: Client,
  folder: string,
  mode: number,
  create: () => Promise<T>,
  modeAbove: number = mode,
): Promise<T> {
  for (;;) {
    try {
      return await create()
    } catch (error) {
      if (!isCode(error, KeeperCode.NoNode) || folder === '/') throw error
    }
    await ensurePath(client, folder, mode, modeAbove)
  }
}
