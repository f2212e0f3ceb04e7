import type { Client } from '@menagerie/client'
import type { Test } from 'tap'
import type { Peer } from './peer.js'

const COUNT = 20

export interface SharedQueue {
  readonly client: Client
  readonly peer: Peer
  readonly path: string
  /** What the other side is told to do. */
  readonly commands: { readonly put: string; readonly take: string }
  put(item: string): Promise<unknown>
}

/** Both sides put into a queue, both take from it: every item comes out, at one of them, once. */
export async function sharedQueue(
  t: Test,
  queue: SharedQueue,
  take: (signal: AbortSignal) => Promise<string>,
): Promise<void> {
  const { client, peer, path, commands, put } = queue
  const ours = Array.from({ length: COUNT }, (_, index) => `ours-${index}`)
  const theirs = Array.from({ length: COUNT }, (_, index) => `theirs-${index}`)
  await peer.run(`${commands.put} ${path} ${theirs.join(' ')}`)
  for (const item of ours) await put(item)
  const taken: string[] = []
  const stop = new AbortController()
  const note = async (item: string) => {
    taken.push(item)
    if (taken.length < ours.length + theirs.length) return
    stop.abort()
    await client.create(`${path}-stop`)
  }
  const { signal } = stop
  const takeAll = async () => {
    while (!signal.aborted) {
      const item = await take(signal).catch(error => {
        if (error === signal.reason) return undefined
        throw error
      })
      if (item !== undefined) await note(item)
    }
  }
  await Promise.all([peer.run(`${commands.take} ${path}`, line => void note(line.slice('item '.length))), takeAll()])
  t.strictSame(taken.sort(), [...ours, ...theirs].sort())
}
