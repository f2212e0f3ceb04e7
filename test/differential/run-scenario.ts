import type { Actor } from '../support/actor.js'
import { childrenOf } from '../support/tree.js'
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
