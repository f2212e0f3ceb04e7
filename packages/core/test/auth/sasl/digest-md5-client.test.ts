import t from 'tap'
import { DigestMd5Client, digestMd5 } from '../../../dist/auth/index.js'
import type { Random } from '../../../dist/seams/index.js'
import { connection, utf8 } from '../support.js'

let chance = 0
const random: Random = { below: () => 0, bytes: count => new Uint8Array(count).fill(++chance) }
const users = { bob: 'bob"secret', иван: 'пароль', josé: 'contraseña', 'k/h@R': 'a\\b,c' }
const login = (username: string, password: string) => new DigestMd5Client({ username, password, random })
const challenged = (challenge: string, client = login('bob', 'x')) => client.step(utf8(challenge))

t.test('client and server prove to each other that they know the password', async t => {
  for (const [username, password] of Object.entries(users)) {
    const client = login(username, password)
    const server = digestMd5({ users, random }).start(connection())
    const challenge = server.step(client.begin())
    const answer = client.step(challenge?.token ?? null)
    if (answer.type !== 'send') throw new Error(answer.type)
    const proof = server.step(answer.token)
    t.strictSame(proof?.done, { scheme: 'sasl', id: username })
    t.strictSame(client.step(proof?.token ?? null), { type: 'proved' })
  }
})

t.test('a server that does not know the password is found out', async t => {
  const client = login('bob', 'right')
  const impostor = digestMd5({ users: { bob: 'wrong' }, random }).start(connection())
  const answer = client.step(impostor.step(client.begin())?.token ?? null)
  if (answer.type !== 'send') throw new Error(answer.type)
  t.equal(impostor.step(answer.token), null)
  t.match(client.step(utf8('rspauth=00000000000000000000000000000000')), { type: 'failed', reason: /did not prove/ })
})

t.test('a challenge that cannot be answered says why', async t => {
  t.match(challenged('realm="r",charset=utf-8'), { type: 'failed', reason: /no nonce/ })
  t.match(challenged('nonce="n",qop="auth-int,auth-conf"'), { type: 'failed', reason: /auth-int,auth-conf/ })
  t.match(challenged('nonce="n",algorithm=md5'), { type: 'failed', reason: /algorithm md5,/ })
  t.match(challenged('nonce="n",nonce="m"'), { type: 'failed', reason: /no list of directives/ })
  t.match(login('bob', 'x').step(null), { type: 'failed', reason: /offers no SASL/ })
  t.match(challenged('nonce="n",qop="auth-int, auth"'), { type: 'send' })
})
