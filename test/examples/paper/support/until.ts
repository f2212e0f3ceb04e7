import { setTimeout as delay } from 'node:timers/promises'
import { NoNodeError } from '@menagerie/client'
import type { Example } from './example.js'

/**
 * Resolves with what `look` finds once it finds something, asking again and again, over lost connections as well.
 * @param what for the message of the Error that it throws after a minute, with all that the parts have said
 */
export async function until<T>(example: Example, what: string, look: () => Promise<T | undefined | false>): Promise<T> {
  const deadline = Date.now() + 60_000
  for (;;) {
    const found = await look().catch(error => {
      if (!['ConnectionLossError', 'SessionExpiredError', 'NoNodeError'].includes(error.name)) throw error
    })
    if (found !== undefined && found !== false) return found
    if (Date.now() > deadline) throw new Error(`${what}: not within a minute\n${example.output}`)
    await delay(50)
    await example.client.whenConnected()
  }
}

/** The children of a folder with their JSON, by name. A child that goes meanwhile is left out. */
export async function childrenOf<T>({ client }: Example, folder: string): Promise<Map<string, T>> {
  const found = new Map<string, T>()
  for (const name of await client.getChildren(folder)) {
    const node = await client.getData(`${folder}/${name}`).catch(error => {
      if (!(error instanceof NoNodeError)) throw error
    })
    if (node) found.set(name, JSON.parse(Buffer.from(node.data!).toString()) as T)
  }
  return found
}

/** Who leads an election. */
export async function leaderOf({ client }: Example, folder: string): Promise<string | undefined> {
  const names = await client.getChildren(folder)
  const [first] = names.sort((a, b) => Number(a.slice(-10)) - Number(b.slice(-10)))
  if (first === undefined) return undefined
  return Buffer.from((await client.getData(`${folder}/${first}`)).data!).toString()
}
