/** The test kit of the {@link Authenticator} seam: what every scheme keeps, whatever it believes. */
import { encodeUtf8 } from '../jute/utf8.js'
import type { Authenticator, ConnectionInfo, Identity } from '../seams/index.js'
import { expect, expectEqual, type TestFunction } from './harness.js'
import { SeededChoice } from './seeded-choice.js'

/** What the kit cannot know of a scheme. */
export interface AuthenticatorSamples {
  /** ACL ids that the scheme must accept. None for a scheme that serves no ACL. */
  readonly validIds: readonly string[]
  /** An identity of the scheme and an ACL id that it satisfies. */
  readonly matching: readonly (readonly [identity: string, aclId: string])[]
  /** Connections on which the scheme finds something to identify. */
  readonly connections?: readonly ConnectionInfo[]
  /** Credentials that prove something, with a text that must appear nowhere in an identity or user name. */
  readonly credentials?: readonly { readonly credential: string; readonly secret: string }[]
}

const PLAIN: ConnectionInfo = { remoteAddress: '127.0.0.1', remotePort: 40_000, localPort: 2181, secure: false }
const SUBJECT = 'CN=client,O=Example'
const CONNECTIONS: readonly ConnectionInfo[] = [
  PLAIN,
  { ...PLAIN, remoteAddress: '2001:db8::1', secure: true },
  { ...PLAIN, remoteAddress: '::ffff:10.0.0.1' },
  { ...PLAIN, secure: true, certificate: { subject: SUBJECT, issuer: 'CN=ca' } },
  { ...PLAIN, secure: true, certificate: { subject: '', issuer: '' } },
]

/** Texts that some scheme's parser might stumble over. */
const TEXTS: readonly string[] = [
  '',
  ' ',
  ':',
  '::',
  ':::::::::',
  '/',
  '@',
  '@@',
  '=',
  ',',
  '\\',
  '"',
  '\0',
  'user:password',
  'user:a:b',
  'a/b/c@d@e',
  '10.0.0.1',
  '10.0.0.0/8',
  '10.0.0.0/-1',
  '10.0.0.0/99999999999999999999',
  '10.0.0.1/x',
  '1.2.3',
  '256.1.1.1',
  '2001:db8::/32',
  '::/0',
  ':::/1',
  'fe80::1%eth0',
  SUBJECT,
  'CN=a\\',
  'CN="a',
  'CN=#zz',
  '\ud800',
  '\u{1f600}',
  'constructor',
  '__proto__',
  'a'.repeat(100_000),
  ':'.repeat(100_000),
  '1:'.repeat(20_000),
  'CN=a,'.repeat(20_000),
]

function credentials(): (Uint8Array | null)[] {
  const choice = new SeededChoice(21)
  return [
    null,
    ...TEXTS.map(encodeUtf8),
    ...[[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xf0, 0x9f], [0x80, 0x3a, 0xfe]].map(bytes => Uint8Array.from(bytes)),
    new Uint8Array(1 << 20),
    ...Array.from({ length: 40 }, () => choice.bytes(choice.below(60))),
  ]
}

const shortened = (text: string) => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}...` : text)

/**
 * Holds one scheme to what the kernel relies on. `create` is called for each test, with the same options.
 * The seam lets `authenticate` throw; the kit does not, since bytes of a stranger are no exception.
 */
export function authenticatorContract(
  test: TestFunction,
  create: () => Authenticator,
  samples: AuthenticatorSamples,
): void {
  const connections = [...CONNECTIONS, ...(samples.connections ?? [])]
  const on = (name: string, body: (authenticator: Authenticator) => void) => test(name, async () => body(create()))
  const ofItsOwn = (authenticator: Authenticator, identities: readonly Identity[], where: string) => {
    expect(Array.isArray(identities), `${where} gives no list`)
    for (const { scheme, id } of identities) {
      expect(scheme === authenticator.scheme || scheme === 'super', `${where} gives an identity of ${scheme}`)
      expect(typeof id === 'string', `${where} gives an id that is no text`)
    }
  }
  /** What each of these texts is to the scheme, as far as ACLs go. */
  const answers = (authenticator: Authenticator) =>
    TEXTS.map(text => [
      authenticator.isValid(text),
      ...samples.matching.map(([identity, aclId]) => [
        authenticator.matches(text, aclId),
        authenticator.matches(identity, text),
      ]),
    ])

  on('the scheme has a name that an ACL can carry and the kernel leaves free', ({ scheme }) => {
    expect(/^[^\s:,]+$/.test(scheme), `"${scheme}" is no name of a scheme`)
    expect(!['world', 'auth', 'super'].includes(scheme), `"${scheme}" belongs to the kernel`)
  })

  on('any credential is answered: identities, null or drop, and never an exception', authenticator => {
    for (const connection of connections) {
      for (const credential of credentials()) {
        const answer = authenticator.authenticate(credential, connection)
        if (answer !== null && answer !== 'drop') ofItsOwn(authenticator, answer, 'authenticate')
      }
    }
  })

  on('authenticate neither changes the credential nor keeps it', authenticator => {
    const texts = ['user:password', ...(samples.credentials ?? []).map(each => each.credential)]
    for (const text of texts) {
      const bytes = encodeUtf8(text)
      const answer = authenticator.authenticate(bytes, PLAIN)
      expectEqual(bytes, encodeUtf8(text), 'credential')
      const before = JSON.stringify(answer)
      bytes.fill(0x21)
      expectEqual(JSON.stringify(answer), before, 'identities after the array was reused')
      expectEqual(JSON.stringify(authenticator.authenticate(encodeUtf8(text), PLAIN)), before, 'a second answer')
    }
  })

  on('what a connection is by itself is of the scheme, and the same each time', authenticator => {
    for (const connection of connections) {
      const identities = authenticator.identify?.(connection) ?? []
      ofItsOwn(authenticator, identities, 'identify')
      expectEqual(authenticator.identify?.(connection) ?? [], identities, 'a second answer')
    }
    for (const connection of samples.connections ?? []) {
      expect(
        (authenticator.identify?.(connection) ?? []).length > 0,
        `nobody is identified at ${connection.remoteAddress}`,
      )
    }
  })

  on('isValid and matches answer true or false to any text', authenticator => {
    for (const a of TEXTS) {
      expect(typeof authenticator.isValid(a) === 'boolean', `isValid of ${shortened(a)}`)
      for (const b of TEXTS) {
        const found = authenticator.matches(a, b)
        expect(typeof found === 'boolean', `matches of ${shortened(a)} and ${shortened(b)}`)
      }
    }
  })

  on('isValid and matches are pure: nothing asked before changes an answer', authenticator => {
    const before = answers(authenticator)
    for (const connection of connections) {
      authenticator.identify?.(connection)
      for (const { credential } of samples.credentials ?? [])
        authenticator.authenticate(encodeUtf8(credential), connection)
      authenticator.authenticate(encodeUtf8('user:password'), connection)
    }
    expectEqual(answers(authenticator), before, 'answers after others')
    expectEqual(answers(create()), before, 'answers of another instance')
  })

  on('the ids that the scheme is known for are valid, and each valid one can be matched', authenticator => {
    for (const id of samples.validIds) {
      expect(authenticator.isValid(id), `${id} is not valid`)
      const identities = [id, ...samples.matching.filter(([, aclId]) => aclId === id).map(([identity]) => identity)]
      expect(
        identities.some(identity => authenticator.matches(identity, id)),
        `${id} is valid, and nobody satisfies it`,
      )
    }
  })

  on('an identity satisfies the ids that it should, and none that a stranger has', authenticator => {
    for (const [identity, aclId] of samples.matching) {
      expect(authenticator.isValid(aclId), `${aclId} is not valid`)
      expect(authenticator.matches(identity, aclId), `${identity} does not satisfy ${aclId}`)
      expect(!authenticator.matches('\0nobody', aclId), `a stranger satisfies ${aclId}`)
    }
  })

  on('where setACL may expand auth, what a client proves is valid in an ACL and matches itself', authenticator => {
    if (!authenticator.isAuthenticated) return
    const proved = [
      ...connections.flatMap(connection =>
        connection.certificate?.subject === '' ? [] : [authenticator.identify?.(connection)],
      ),
      ...(samples.credentials ?? []).map(each => authenticator.authenticate(encodeUtf8(each.credential), PLAIN)),
    ]
    for (const identities of proved) {
      if (identities === null || identities === undefined || identities === 'drop') continue
      for (const { scheme, id } of identities) {
        if (scheme !== authenticator.scheme) continue
        expect(authenticator.isValid(id), `${id} was proved and is not valid`)
        expect(authenticator.matches(id, id), `${id} was proved and does not satisfy itself`)
      }
    }
  })

  on('a credential that proves something gives away no secret', authenticator => {
    for (const { credential, secret } of samples.credentials ?? []) {
      const answer = authenticator.authenticate(encodeUtf8(credential), PLAIN)
      expect(
        Array.isArray(answer) && answer.length > 0,
        `the credential of ${secret.length} secret letters proves nothing`,
      )
      for (const { id } of answer as readonly Identity[]) {
        const hashed = id.slice(id.indexOf(':') + 1)
        const user = authenticator.userName?.(id) ?? id
        expect(!id.includes(secret), 'the id holds the secret')
        expect(!user.includes(secret), 'the user name holds the secret')
        // With a hash in the id, guessing can begin: whoAmI shows the user only.
        if (id.includes(':')) expect(!user.includes(hashed), 'the user name holds the hash of the secret')
        expectEqual(user, credential.slice(0, credential.indexOf(':')), 'user name')
      }
    }
  })

  on('userName answers any id with a text', authenticator => {
    for (const text of TEXTS) {
      const name = authenticator.userName?.(text) ?? text
      expect(typeof name === 'string', `userName of ${shortened(text)}`)
      expect(name.length <= text.length, `userName of ${shortened(text)} is longer than the id`)
    }
  })
}
