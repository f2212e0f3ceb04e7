import { OpCode } from '@menagerie/core/jute'
import type { Actor } from '../support/actor.js'
import { pathWatchBody } from '../support/requests.js'
import { ROOT, type Scenario, Stage } from './scenario.js'

/** Plays a scenario on the server at a port and returns what the actors saw, a line per frame. */
export async function runScenario(scenario: Scenario, port: number): Promise<string[]> {
  const backstage = new Stage(port, 0n)
  backstage.quiet = true
  const keeper = await backstage.client('keeper')
  await keeper.auth('digest', 'super:test')
  await keeper.create(ROOT, { data: null })
  const stage = new Stage(port, BigInt(keeper.lastZxid))
  try {
    await scenario.run(stage)
  } finally {
    await stage.dismiss()
    await removeTree(keeper, ROOT)
    await keeper.close()
    keeper.drop()
  }
  return stage.lines
}

async function removeTree(keeper: Actor, path: string): Promise<void> {
  for (const name of await childrenOf(keeper, path)) await removeTree(keeper, `${path}/${name}`)
  await keeper.delete(path)
}

async function childrenOf(keeper: Actor, path: string): Promise<string[]> {
  const reply = await keeper.call(OpCode.getChildren, pathWatchBody(path, false))
  if (reply === undefined || reply.length <= 16) return []
  const buffer = Buffer.from(reply)
  const names: string[] = []
  let at = 20
  for (let left = buffer.readInt32BE(16); left > 0; left--) {
    const length = buffer.readInt32BE(at)
    names.push(buffer.toString('utf8', at + 4, at + 4 + length))
    at += 4 + length
  }
  return names
}
