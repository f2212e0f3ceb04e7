import { Buffer } from 'node:buffer'
import t from 'tap'
import { digestMd5, responseValue } from '../../../dist/auth/index.js'
import type { Random } from '../../../dist/seams/index.js'
import { exchanges, refused } from '../fixtures/digest-md5-exchanges.js'
import { connection, fromUtf8, identity, utf8 } from '../support.js'

const users = {
  bob: 'bobsecret',
  иван: 'пароль',
  josé: 'contraseña',
  super: 'adminsecret',
  'k/h@R': 'x',
  'a@b@c': 'x',
  '': 'x',
}
const empty = new Uint8Array()
const nonceOf = (challenge: string) => /nonce="([^"]*)"/.exec(challenge)?.[1] ?? ''

/** Chance that makes the server repeat a recorded challenge. */
function randomFor(nonce: string): Random {
  return { below: () => 0, bytes: () => Uint8Array.from(Buffer.from(nonce, 'base64')) }
}

const nonce = nonceOf(exchanges[0].challenge)
const server = (options: { superPassword?: string } = {}) => digestMd5({ users, random: randomFor(nonce), ...options })

/** A correct response of `username`, with directives replaced, left out (null) or added. */
function response(username: string, password: string, changes: Record<string, string | null> = {}): Uint8Array {
  const input = { realm: 'zk-sasl-md5', 'digest-uri': 'zookeeper/zk-sasl-md5', authzid: null, ...changes }
  const value = responseValue(
    {
      username,
      password,
      realm: input.realm ?? '',
      nonce: utf8(nonce),
      cnonce: utf8('cn'),
      digestUri: utf8(input['digest-uri'] ?? ''),
      authzid: input.authzid === null ? undefined : utf8(input.authzid),
    },
    'client',
  )
  const directives = {
    username,
    nonce,
    nc: '00000001',
    cnonce: 'cn',
    response: value,
    qop: 'auth',
    ...input,
    ...changes,
  }
  const written = Object.entries(directives).filter(([, text]) => text !== null)
  return utf8(written.map(([name, text]) => `${name}="${text}"`).join(','))
}

function outcome(token: Uint8Array, mechanism = server()) {
  const exchange = mechanism.start(connection())
  exchange.step(empty)
  return exchange.step(token)
}
const name = (token: Uint8Array, mechanism = server()) => outcome(token, mechanism)?.done?.id ?? null

t.test('repeats recorded exchanges byte for byte', async t => {
  for (const { client, username, challenge, response, answer } of exchanges) {
    const exchange = digestMd5({ users, random: randomFor(nonceOf(challenge)) }).start(connection())
    t.equal(fromUtf8(exchange.step(empty)?.token), challenge, client)
    const last = exchange.step(utf8(response))
    t.equal(fromUtf8(last?.token), answer, client)
    t.strictSame(last?.done, identity('sasl', username), client)
  }
})

t.test('refuses the recorded response to a wrong password', async t => {
  const exchange = digestMd5({ users, random: randomFor(nonceOf(refused.challenge)) }).start(connection())
  t.equal(fromUtf8(exchange.step(empty)?.token), refused.challenge)
  t.equal(exchange.step(utf8(refused.response)), null)
})

t.test('asks chance for 30 bytes, anew for each exchange', async t => {
  let calls = 0
  const random: Random = { below: () => 0, bytes: count => new Uint8Array(count).fill(++calls) }
  const mechanism = digestMd5({ users, random })
  const challenges = [1, 2].map(() => fromUtf8(mechanism.start(connection()).step(empty)?.token) ?? '')
  t.equal(nonceOf(challenges[0]).length, 40)
  t.not(nonceOf(challenges[0]), nonceOf(challenges[1]))
})

t.test('answers an initial response with the challenge, as the RFC asks', async t => {
  t.match(fromUtf8(server().start(connection()).step(utf8('x'))?.token), /^realm="zk-sasl-md5",nonce=/)
})

t.test('a response is good once, and only for its own challenge', async t => {
  const exchange = server().start(connection())
  exchange.step(empty)
  const token = response('bob', 'bobsecret')
  t.ok(exchange.step(token)?.done)
  t.equal(exchange.step(token), null)
  t.equal(exchange.step(empty), null)
  t.equal(name(token, digestMd5({ users, random: randomFor(nonceOf(refused.challenge)) })), null)
})

t.test('a failed exchange stays failed', async t => {
  const exchange = server().start(connection())
  exchange.step(empty)
  t.equal(exchange.step(utf8('garbage')), null)
  t.equal(exchange.step(response('bob', 'bobsecret')), null)
})

t.test('accepts what the grammar and Java leave to the client', async t => {
  const accepted: Record<string, string | null>[] = [
    {},
    { qop: null },
    { nc: null },
    { nc: '1' },
    { charset: 'utf-8' },
    { maxbuf: '65536' },
    { 'digest-uri': 'ZooKeeper/ZK-SASL-MD5' },
    { unknown: 'x' },
    { authzid: 'bob' },
    { authzid: '' },
  ]
  for (const changes of accepted) t.equal(name(response('bob', 'bobsecret', changes)), 'bob', JSON.stringify(changes))
})

t.test('refuses what leaves the offer, and what is missing', async t => {
  const wrong: Record<string, string | null>[] = [
    ...['username', 'realm', 'nonce', 'cnonce', 'digest-uri', 'response'].map(missing => ({ [missing]: null })),
    { username: '' },
    { username: 'BOB' },
    { realm: '' },
    { realm: 'ZK-SASL-MD5' },
    { nonce: 'other' },
    { nonce: '' },
    { cnonce: 'other' },
    { nc: '00000002' },
    { nc: '' },
    { nc: 'x' },
    { qop: 'auth-int' },
    { qop: 'auth-conf' },
    { qop: 'AUTH' },
    { qop: '' },
    { charset: 'iso-8859-1' },
    { maxbuf: 'many' },
    { 'digest-uri': 'zookeeper/other' },
    { 'digest-uri': 'zookeeper/zk-sasl-md5/zk-sasl-md5' },
    { response: '' },
    { response: '0'.repeat(32) },
  ]
  for (const changes of wrong) t.equal(outcome(response('bob', 'bobsecret', changes)), null, JSON.stringify(changes))
})

t.test('refuses a response in capitals, an unknown user and a wrong password', async t => {
  t.equal(
    outcome(utf8((fromUtf8(response('bob', 'bobsecret')) ?? '').replace(/response="\w+"/, s => s.toUpperCase()))),
    null,
  )
  t.equal(outcome(response('eve', 'bobsecret')), null)
  t.equal(outcome(response('bob', 'wrong')), null)
  for (const inherited of ['constructor', '__proto__', 'toString']) t.equal(outcome(response(inherited, '')), null)
})

t.test('refuses tokens that are empty, too long or no directives', async t => {
  t.equal(outcome(empty), null)
  t.equal(outcome(Uint8Array.of(0xff, 0, 1)), null)
  const padding = (length: number) => response('bob', 'bobsecret', { pad: 'x'.repeat(length) })
  t.equal(name(padding(4096 - padding(0).length)), 'bob')
  t.equal(outcome(padding(4097 - padding(0).length)), null)
})

t.test('gives nobody the name that they ask to act as', async t => {
  t.equal(name(response('bob', 'bobsecret', { authzid: 'super' })), 'bob')
  t.equal(name(response('k/h@R', 'x', { authzid: 'super' })), 'k/h@R')
})

t.test('refuses users whose names could stand in no ACL', async t => {
  t.equal(outcome(response('a@b@c', 'x')), null)
  t.equal(outcome(response('', 'x')), null)
})

t.test('superPassword replaces the password of a listed super user and creates none', async t => {
  t.equal(name(response('super', 'adminsecret')), 'super')
  t.equal(name(response('super', 'adminsecret'), server({ superPassword: 'better' })), null)
  t.equal(name(response('super', 'better'), server({ superPassword: 'better' })), 'super')
  const unlisted = digestMd5({ users: { bob: 'b' }, random: randomFor(nonce), superPassword: 'better' })
  t.equal(name(response('super', 'better'), unlisted), null)
})
