/** Servers of both kinds that authenticate each other by SASL DIGEST-MD5. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { Ensemble } from '../support/ensemble.js'
import { differencesShown } from '../support/ensemble-agreement.js'
import { Load } from '../support/ensemble-load.js'
import type { ServerKind } from '../support/ensemble-server.js'
import { apacheTools } from '../support/tools.js'

t.setTimeout(600_000)

const jaas = (password: string) => `QuorumServer {
  org.apache.zookeeper.server.auth.DigestLoginModule required user_zk="${password}";
};
QuorumLearner {
  org.apache.zookeeper.server.auth.DigestLoginModule required username="zk" password="${password}";
};
`
const SASL = {
  'quorum.auth.enableSasl': true,
  'quorum.auth.learnerRequireSasl': true,
  'quorum.auth.serverRequireSasl': true,
}

const cases: readonly [name: string, kinds: readonly ServerKind[]][] = [
  ['a follower of Menagerie, and a leader of Apache', ['menagerie', 'apache', 'apache']],
  ['a leader of Menagerie, and followers of Apache', ['apache', 'apache', 'menagerie']],
]

for (const [name, kinds] of cases) {
  t.test(`${name} know each other, and one with a wrong password stays outside`, apacheTools(), async t => {
    const home = t.testdir()
    const file = join(home, 'jaas.conf')
    writeFileSync(file, jaas('secret'))
    // Java takes it from a property, Menagerie from the zoo.cfg.
    process.env.JAVA_TOOL_OPTIONS = `-Djava.security.auth.login.config=${file}`
    await using ensemble = await Ensemble.create(kinds, {
      config: { ...SASL, 'java.security.auth.login.config': file },
    })
    const [stranger, second, leader] = ensemble.servers
    for (const server of [second, leader]) server.start()
    await ensemble.untilServing([second, leader])
    t.equal((await ensemble.leader()).id, leader.id)
    const load = await Load.start([`${leader.address},${second.address}`])

    writeFileSync(file, jaas('wrong'))
    stranger.start()
    const refused = [leader, second].find(({ kind }) => kind === 'menagerie')
    const deadline = Date.now() + 60_000
    const isLogged = () =>
      refused !== undefined
        ? /SASL: closed a connection of a server from .*user or password is wrong/.test(refused.output)
        : /SASL: .*user zk/.test(stranger.output)
    while (!isLogged() && Date.now() < deadline) await delay(50)
    t.ok(isLogged(), 'the reason is logged')
    t.equal(await stranger.mode(), undefined, 'it does not take part')
    await stranger.kill9()

    writeFileSync(file, jaas('secret'))
    stranger.start()
    await ensemble.untilServing()
    await load.more(30)
    await leader.kill9()
    await load.more(30)
    leader.start()
    await ensemble.untilServing()
    await load.end()
    for (const { address } of ensemble.servers) t.strictSame(await load.missingOn(address), [])
    t.strictSame(await differencesShown(ensemble), [])
    await load.close()
  })
}
