/** The client's SASL login, against Apache ZooKeeper and against Menagerie with one JAAS file. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AuthFailedError, type Client, connect, Perms } from '@menagerie/client'
import { filter, firstValueFrom } from 'rxjs'
import t from 'tap'
import { startApache } from '../support/apache.js'
import { startMenagerie } from '../support/menagerie.js'
import { removeDir, tempDir } from '../support/temp-dir.js'
import { needs } from '../support/tools.js'

t.setTimeout(300_000)
const folder = tempDir('jaas')
t.teardown(() => removeDir(folder))
const jaas = join(folder, 'server.conf')
const users = ['user_bob="bob-secret"', 'user_josé="contraseña"', 'user_eve="eve-secret"'].join('\n    ')
const loginModule = 'org.apache.zookeeper.server.auth.DigestLoginModule'
writeFileSync(jaas, `Server {\n  ${loginModule} required\n    ${users};\n};\n`)

const config = {
  'authProvider.sasl': 'org.apache.zookeeper.server.auth.SASLAuthenticationProvider',
  'java.security.auth.login.config': jaas,
}
const servers = [
  { name: 'Apache ZooKeeper', start: startApache, options: needs('java') },
  { name: 'Menagerie', start: startMenagerie, options: {} },
]

const connected = (client: Client) => firstValueFrom(client.state$.pipe(filter(state => state === 'connected')))
const suspended = (client: Client) => firstValueFrom(client.state$.pipe(filter(state => state === 'suspended')))

for (const { name, start, options } of servers) {
  t.test(`with ${name}`, options, async t => {
    const server = await start({ config })
    t.teardown(() => server.dispose())
    const login = (username: string, password: string) => connect(server.address, { sasl: { username, password } })

    t.test('a user who logs in is who the ACLs mean, and nobody else is', async t => {
      await using bob = await login('bob', 'bob-secret')
      const acl = [{ perms: Perms.ALL, id: { scheme: 'sasl', id: 'bob' } }]
      await bob.create('/bobs', new Uint8Array([1]), { acl })
      t.match(await bob.getData('/bobs'), { stat: { dataLength: 1 } })
      await using eve = await login('eve', 'eve-secret')
      await t.rejects(eve.getData('/bobs'), { name: 'NoAuthError' })
      await using anybody = await connect(server.address)
      await t.rejects(anybody.getData('/bobs'), { name: 'NoAuthError' })
    })

    t.test('names and passwords outside of ASCII', async t => {
      await using josé = await login('josé', 'contraseña')
      const who = (await josé.whoAmI()).map(({ authScheme, user }) => `${authScheme}=${user}`)
      t.strictSame(who.sort(), ['ip=127.0.0.1', 'sasl=josé'])
    })

    t.test('a wrong password and an unknown user are refused with a typed error', async t => {
      for (const [username, password] of [
        ['bob', 'wrong'],
        ['nobody', 'nobody-secret'],
      ]) {
        const error = await login(username, password).catch(error => error)
        t.ok(error instanceof AuthFailedError)
        t.match(error, { scheme: 'sasl', code: -115 })
      }
    })

    t.test('after a restart of the server the client logs in again by itself', async t => {
      await using bob = await login('bob', 'bob-secret')
      const [lost, { id }] = [suspended(bob), bob.session]
      await server.kill9()
      await lost
      const waiting = bob.getData('/bobs').catch(error => error)
      await server.restart()
      await connected(bob)
      t.match(await bob.getData('/bobs'), { stat: { dataLength: 1 } })
      t.equal(bob.session.id, id)
      await waiting
    })
  })

  t.test(`with ${name} without SASL, a login is refused by the client`, options, async t => {
    await using server = await start()
    const connecting = connect(server.address, { sasl: { username: 'bob', password: 'bob-secret' } })
    await t.rejects(connecting, { name: 'AuthFailedError', message: /offers no SASL/ })
  })
}
