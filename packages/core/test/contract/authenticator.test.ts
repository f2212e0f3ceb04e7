/** The authenticators' kit on the built-in schemes, and on broken ones that it must catch. */
import { type AuthenticatorSamples, authenticatorContract } from '@menagerie/core/contract'
import t from 'tap'
import {
  digestAuthenticator,
  ensembleAuthenticator,
  generateDigest,
  ipAuthenticator,
  saslAuthenticator,
  x509Authenticator,
} from '../../dist/auth/index.js'
import type { Authenticator } from '../../dist/seams/index.js'
import { connection } from '../auth/support.js'
import { failures } from './failures.js'

const subject = 'CN=kafka-1,O=Example'
const bob = generateDigest('bob:hunter22')
const digestSamples: AuthenticatorSamples = {
  validIds: [bob, 'bob:x'],
  matching: [[bob, bob]],
  credentials: [
    { credential: 'bob:hunter22', secret: 'hunter22' },
    { credential: 'ann:with:colon', secret: 'with:colon' },
  ],
}

const schemes: Record<string, [create: () => Authenticator, samples: AuthenticatorSamples]> = {
  ip: [
    ipAuthenticator,
    {
      validIds: ['10.0.0.1', '2001:db8::1'],
      matching: [
        ['10.1.2.3', '10.0.0.0/8'],
        ['2001:db8::1', '2001:db8::/32'],
        ['10.0.0.1', '10.0.0.1'],
      ],
      connections: [connection('10.0.0.1'), connection('2001:db8::1')],
    },
  ],
  digest: [digestAuthenticator, digestSamples],
  'digest with a super user': [() => digestAuthenticator({ superDigest: bob, algorithm: 'SHA-256' }), digestSamples],
  x509: [
    x509Authenticator,
    {
      validIds: [subject],
      matching: [[subject, subject]],
      connections: [connection('::1', { subject, issuer: 'CN=ca' })],
    },
  ],
  'x509 with a super user': [
    () => x509Authenticator({ superUser: subject }),
    {
      validIds: ['CN=other'],
      matching: [[subject, 'CN=other']],
      connections: [connection('::1', { subject, issuer: '' })],
    },
  ],
  sasl: [
    () => saslAuthenticator({ anyUserId: 'anyone' }),
    {
      validIds: ['bob', 'kafka/host@REALM', 'anyone@REALM'],
      matching: [
        ['bob', 'bob'],
        ['super', 'bob'],
      ],
    },
  ],
  ensemble: [() => ensembleAuthenticator(['east', 'west']), { validIds: [], matching: [] }],
  'ensemble without names': [() => ensembleAuthenticator(), { validIds: [], matching: [] }],
}

for (const [name, [create, samples]] of Object.entries(schemes)) {
  t.test(name, async t => authenticatorContract((name, body) => void t.test(name, body), create, samples))
}

/** The digest scheme with one promise broken. */
const mutants: Record<string, (digest: Authenticator) => Partial<Authenticator>> = {
  'throws without a credential': digest => ({
    authenticate: (credential, from) => digest.authenticate(credential!.subarray(0), from),
  }),
  'throws on malformed UTF-8': digest => ({
    authenticate(credential, from) {
      if (credential !== null) new TextDecoder('utf-8', { fatal: true }).decode(credential)
      return digest.authenticate(credential, from)
    },
  }),
  'gives identities of another scheme': () => ({ authenticate: () => [{ scheme: 'ip', id: '127.0.0.1' }] }),
  'shows the hash as user name': () => ({ userName: id => id }),
  'keeps the password in the id': () => ({
    authenticate: credential =>
      credential === null ? null : [{ scheme: 'digest', id: new TextDecoder().decode(credential) }],
  }),
  'accepts ids that nobody satisfies': digest => ({
    matches: (identity, aclId) => aclId.length > 10 && digest.matches(identity, aclId),
  }),
  'lets everybody through': () => ({ matches: () => true }),
  'remembers who has been there': digest => {
    const known = new Set<string>()
    return {
      authenticate(credential, from) {
        known.add('user:password')
        return digest.authenticate(credential, from)
      },
      isValid: id => (id === 'user:password' ? known.has(id) : digest.isValid(id)),
    }
  },
  'refuses in an ACL what it has proved': digest => ({ isValid: id => id.length < 10 && digest.isValid(id) }),
  'scribbles over the credential': digest => ({
    authenticate(credential, from) {
      const answer = digest.authenticate(credential, from)
      credential?.fill(0)
      return answer
    },
  }),
  'takes a name of the kernel': () => ({ scheme: 'world' }),
}

t.test('the kit catches a scheme that', async t => {
  for (const [name, mutate] of Object.entries(mutants)) {
    const create = () => {
      const digest = digestAuthenticator()
      return { ...digest, ...mutate(digest) }
    }
    const failed = await failures(test => authenticatorContract(test, create, digestSamples))
    t.ok(failed.length > 0, name)
  }
})
