import { OpCode } from '@menagerie/core/jute'
import { Actor, type Recorder } from './actor.js'
import { pathBody, pathWatchBody } from './requests.js'

/** An actor that writes nothing down, for tests that look at replies themselves. */
export function quietActor(label: string, port: number): Actor {
  const plain = { zxid: String, time: String, session: String }
  const recorder: Recorder = { port, names: plain, note: () => {}, session: () => {} }
  return new Actor(label, recorder)
}

/** The content of a reply behind its header, or the error code in it. */
const content = (reply: Uint8Array | undefined): string =>
  reply === undefined ? 'no reply' : Buffer.from(reply).subarray(12).toString('hex')

/** Whose requests are under way together: fewer than a server holds back. */
const NODES_AT_ONCE = 64

/**
 * Every znode below a path with its data, its Stat and its ACL: the bytes of the replies, by path. Two
 * servers that serve the same directory give equal maps, down to zxids, times and owners.
 */
export async function readTree(port: number, path = '/'): Promise<Map<string, string>> {
  const actor = await quietActor('reader', port).connect()
  await actor.auth('digest', 'super:test')
  const found = new Map<string, string>()
  for (let level = [path]; level.length > 0; ) {
    const below: string[] = []
    for (let at = 0; at < level.length; at += NODES_AT_ONCE) {
      const asked = level.slice(at, at + NODES_AT_ONCE).map(node => ({
        node,
        data: actor.send(OpCode.getData, pathWatchBody(node, false)),
        acl: actor.send(OpCode.getACL, pathBody(node)),
        children: actor.send(OpCode.getChildren, pathWatchBody(node, false)),
      }))
      for (const { node, data, acl, children } of asked) {
        found.set(node, `${content(await actor.until(data))} ${content(await actor.until(acl))}`)
        for (const name of namesIn(await actor.until(children)))
          below.push(node === '/' ? `/${name}` : `${node}/${name}`)
      }
    }
    level = below
  }
  await actor.close()
  return found
}

/** The names of a node's children, sorted; none if it is not there. */
export async function childrenOf(actor: Actor, path: string): Promise<string[]> {
  return namesIn(await actor.call(OpCode.getChildren, pathWatchBody(path, false)))
}

function namesIn(reply: Uint8Array | undefined): string[] {
  if (reply === undefined || reply.length <= 16) return []
  const buffer = Buffer.from(reply)
  const names: string[] = []
  let at = 20
  for (let left = buffer.readInt32BE(16); left > 0; left--) {
    const length = buffer.readInt32BE(at)
    names.push(buffer.toString('utf8', at + 4, at + 4 + length))
    at += 4 + length
  }
  return names.sort()
}
