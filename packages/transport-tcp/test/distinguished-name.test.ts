import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { namesOf } from '../dist/tls/distinguished-name.js'
import { TestAuthority } from './support/certificates.js'

/** Subjects as openssl takes them, and what Java's X500Principal.getName says of the certificate. */
const names: Readonly<Record<string, string>> = {
  '/CN=simple/O=x': 'O=x,CN=simple',
  '/C=US/ST=CA/L=SF/O=Org, Inc./OU=a+CN=multi': 'OU=a+CN=multi,O=Org\\, Inc.,L=SF,ST=CA,C=US',
  '/DC=org/DC=example/UID=alice/CN=A': 'CN=A,UID=alice,DC=example,DC=org',
  '/CN= lead': 'CN=\\ lead',
  '/CN=a  b ': 'CN=a  b\\ ',
  '/CN=x/street=Main/2.5.4.65=pseud/dnQualifier=dq/initials=I/emailAddress=a@b.example/serialNumber=42/GN=G':
    '2.5.4.42=#0c0147,2.5.4.5=#13023432,1.2.840.113549.1.9.1=#160b6140622e6578616d706c65,2.5.4.43=#0c0149,' +
    '2.5.4.46=#13026471,2.5.4.65=#0c057073657564,STREET=Main,CN=x',
  '/CN=nul#x/O=#x': 'O=\\#x,CN=nul\\#x',
  '/CN=a\\/b': 'CN=a/b',
  '/CN=A \\+ B "quoted" <x>; y\\\\z = #1': 'CN=A \\+ B \\"quoted\\" \\<x\\>\\; y\\\\z \\= \\#1',
  '/CN=héllo 日本 😀/O=München': 'O=München,CN=héllo 日本 😀',
}

t.test('names are printed as Java prints them', async t => {
  const authority = new TestAuthority('Names')
  t.teardown(() => authority.remove())
  for (const [subject, printed] of Object.entries(names)) {
    const { raw } = new X509Certificate(readFileSync(authority.issue(subject)))
    t.strictSame(namesOf(raw), { subject: printed, issuer: 'CN=Names' })
  }
})

t.test('a certificate that is cut short is refused', async t => {
  const authority = new TestAuthority('Names')
  t.teardown(() => authority.remove())
  const { raw } = new X509Certificate(readFileSync(authority.caFile))
  t.throws(() => namesOf(raw.subarray(0, 60)), /goes beyond its end/)
})
