import { NO_NODE } from '@menagerie/core'
import t from 'tap'
import { TestEnsemble } from './support.js'

async function write(ensemble: TestEnsemble, at: number, prefix: string): Promise<void> {
  const client = await ensemble.get(at).connect()
  await ensemble.until(() => client.sessionId !== 0n, 'a session')
  for (let n = 0; n < 5; n++) {
    let err: number | undefined
    client.ask(client.create(`/${prefix}${n}`)).then(([reply]) => {
      err = reply.err
    })
    await ensemble.until(() => err !== undefined, `the creation of /${prefix}${n}`)
    if (err !== 0) throw new Error(`creating /${prefix}${n} came to ${err}`)
  }
}

function children(ensemble: TestEnsemble, id: number): string[] {
  const { store } = ensemble.get(id).server
  const paths: string[] = []
  for (let node = store.firstChild(store.root); node !== NO_NODE; node = store.nextSibling(node)) {
    paths.push(store.pathOf(node))
  }
  return paths.sort()
}

for (const has of ['the beginning', 'nothing']) {
  const title = `a log that goes on behind a snapshot is not handed on to who has ${has} (ZOOKEEPER-2418)`
  t.test(title, async t => {
    const ensemble = await TestEnsemble.start(5, { options: new Map([['commitLogCount', 2]]) })
    t.teardown(() => ensemble.close())
    t.equal(await ensemble.untilServing(), 5)
    await write(ensemble, 5, 'early')
    await ensemble.crash(1)
    await ensemble.crash(4)
    await write(ensemble, 5, 'missed')
    // The others keep a snapshot, and of the log what comes after.
    for (const id of [2, 3, 5]) {
      const { server, log } = ensemble.get(id)
      await server.snapshot()
      await log.purgeThrough(server.lastZxid)
    }
    await ensemble.start(4)
    await ensemble.untilServing()
    await ensemble.crash(5)
    t.equal(await ensemble.untilServing(), 4, 'the one that got a snapshot leads')
    await write(ensemble, 4, 'late')
    if (has === 'nothing') ensemble.media.delete(1)
    await ensemble.start(1)
    await ensemble.untilServing()
    await ensemble.until(() => children(ensemble, 1).includes('/late4'), 'server 1 has the last znode')
    t.strictSame(children(ensemble, 1), children(ensemble, 4))
  })
}
