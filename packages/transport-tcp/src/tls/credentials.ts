import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSecureContext, type SecureContextOptions } from 'node:tls'
import { MenagerieError } from '@menagerie/core'
import { opensslCipherSuite } from './cipher-suites.js'
import { namesOf } from './distinguished-name.js'
import type { TlsOptions } from './options.js'

const KEY_STORE = 'tls.keyStore.location (ssl.keyStore.location)'
const TRUST_STORE = 'tls.trustStore.location (ssl.trustStore.location)'
const PASSWORD_PATH = 'tls.keyStore.passwordPath (ssl.keyStore.passwordPath)'
const CERTIFICATE = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]*-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----/

type StoreType = 'PEM' | 'PKCS12' | 'JKS' | 'BCFKS'

/**
 * Reads keys and certificates and proves that they fit together.
 * @throws CONFIG_INVALID with a sentence that names the option and the file.
 */
export async function loadCredentials(options: TlsOptions): Promise<SecureContextOptions> {
  if (options.clientAuth !== 'none' && options.trustStore === undefined) {
    throw invalid(
      `tls.trustStore (ssl.trustStore.location) is missing: with clientAuth ${options.clientAuth} it has to say which ` +
        'certificates clients may show; give a PEM file, or set clientAuth to none',
    )
  }
  const context: SecureContextOptions = {
    ...(await loadKeyStore(options)),
    ...(await loadTrustStore(options)),
    ...(await loadRevocationLists(options)),
    ...protocolsOf(options),
    ...(options.cipherSuites && { ciphers: options.cipherSuites.map(opensslCipherSuite).join(':') }),
    honorCipherOrder: true,
  }
  try {
    createSecureContext(context)
  } catch (error) {
    throw invalid(`${KEY_STORE}: ${options.keyStore.location} cannot be used: ${messageOf(error)}`, error)
  }
  return context
}

async function loadKeyStore({ keyStore }: TlsOptions): Promise<SecureContextOptions> {
  const { location } = keyStore
  const type = storeType(KEY_STORE, location, keyStore.type)
  const password = await passwordOf(keyStore)
  const bytes = await read(KEY_STORE, location)
  if (type === 'PKCS12') return loadPkcs12(location, bytes, password)
  const text = bytes.toString('latin1')
  const chain = certificatesIn(KEY_STORE, location, text)
  const key = PRIVATE_KEY.exec(text)?.[0]
  if (key === undefined)
    throw invalid(`${KEY_STORE}: ${location} holds no private key; append the key to the certificate chain`)
  const privateKey = openKey(location, key, password)
  if (!chain[0].checkPrivateKey(privateKey))
    throw invalid(`${KEY_STORE}: the private key in ${location} does not belong to its first certificate`)
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    cert: chain.map(certificate => certificate.toString()).join(''),
  }
}

function openKey(location: string, key: string, password: string | undefined) {
  const encrypted = key.includes('ENCRYPTED')
  if (encrypted && password === undefined) {
    throw invalid(
      `${KEY_STORE}: the private key in ${location} is encrypted; give tls.keyStore.password (ssl.keyStore.password)`,
    )
  }
  try {
    return createPrivateKey({ key, passphrase: password })
  } catch (error) {
    const cause = encrypted ? 'cannot be decrypted with the password given' : `cannot be read (${messageOf(error)})`
    throw invalid(`${KEY_STORE}: the private key in ${location} ${cause}`, error)
  }
}

function loadPkcs12(location: string, pfx: Buffer, passphrase: string | undefined): SecureContextOptions {
  try {
    createSecureContext({ pfx, passphrase })
  } catch (error) {
    throw invalid(
      `${KEY_STORE}: ${location} cannot be opened as PKCS12 with the password given (${messageOf(error)}); a store that ` +
        `an old keytool wrote can be converted: openssl pkcs12 -legacy -in ${location} -noenc -out keystore.pem`,
      error,
    )
  }
  return { pfx, passphrase }
}

async function loadTrustStore({ trustStore }: TlsOptions): Promise<SecureContextOptions> {
  if (trustStore === undefined) return {}
  const { location } = trustStore
  if (storeType(TRUST_STORE, location, trustStore.type) === 'PKCS12') {
    throw invalid(
      `${TRUST_STORE}: ${location} is a PKCS12 file, and certificates to trust are read from PEM files only; convert ` +
        `it: openssl pkcs12 -in ${location} -nokeys -out truststore.pem`,
    )
  }
  const text = (await read(TRUST_STORE, location)).toString('latin1')
  const trusted = certificatesIn(TRUST_STORE, location, text)
  for (const certificate of trusted) {
    // Java would trust an intermediate CA as such. Here its clients would be refused one by one.
    if (trusted.some(issuer => certificate.checkIssued(issuer))) continue
    const { subject, issuer } = namesOf(certificate.raw)
    throw invalid(`${TRUST_STORE}: ${location} holds ${subject} but not its issuer ${issuer}; append that certificate`)
  }
  return { ca: trusted.map(certificate => certificate.toString()) }
}

async function loadRevocationLists({ crl }: TlsOptions): Promise<SecureContextOptions> {
  if (crl.length === 0) return {}
  const lists: string[] = []
  for (const location of crl) {
    const text = (await read('tls.crl', location)).toString('latin1')
    if (!text.includes('-----BEGIN X509 CRL-----'))
      throw invalid(`tls.crl: ${location} holds no revocation list in PEM form (BEGIN X509 CRL)`)
    lists.push(text)
  }
  return { crl: lists }
}

function protocolsOf({ protocols }: TlsOptions): SecureContextOptions {
  const sorted = [...protocols].sort()
  return { minVersion: sorted[0], maxVersion: sorted[sorted.length - 1] }
}

/** As Apache has it: the type that is stated, else what the file's name ends with. */
function storeType(option: string, location: string, stated: StoreType | undefined): StoreType {
  const type = stated ?? ENDINGS.find(([ending]) => location.endsWith(ending))?.[1]
  if (type === undefined) {
    throw invalid(
      `${option}: ${location} does not say by its ending (.pem, .p12) what it is; rename it or give the store's type`,
    )
  }
  if (type === 'PEM' || type === 'PKCS12') return type
  const source = type === 'BCFKS' ? ' -srcstoretype BCFKS (with its provider)' : ''
  throw invalid(
    `${option}: ${location} is a ${type} file, which only Java reads; convert it: ` +
      `keytool -importkeystore -srckeystore ${location}${source} -destkeystore store.p12 -deststoretype PKCS12, then ` +
      'openssl pkcs12 -in store.p12 -noenc -out store.pem',
  )
}

const ENDINGS: readonly (readonly [string, StoreType])[] = [
  ['.pem', 'PEM'],
  ['.p12', 'PKCS12'],
  ['.jks', 'JKS'],
  ['.bcfks', 'BCFKS'],
]

function certificatesIn(option: string, location: string, text: string): X509Certificate[] {
  const blocks = text.match(CERTIFICATE) ?? []
  if (blocks.length === 0) throw invalid(`${option}: ${location} holds no certificate in PEM form (BEGIN CERTIFICATE)`)
  return blocks.map((block, index) => {
    try {
      return new X509Certificate(block)
    } catch (error) {
      throw invalid(`${option}: certificate ${index + 1} in ${location} cannot be read (${messageOf(error)})`, error)
    }
  })
}

/** The file wins over the value, and loses one line end, as with Apache. */
async function passwordOf(store: TlsOptions['keyStore']): Promise<string | undefined> {
  if (store.passwordPath === undefined) return store.password === '' ? undefined : store.password
  const text = (await read(PASSWORD_PATH, store.passwordPath)).toString('utf8').replace(/\r?\n$/, '')
  return text === '' ? undefined : text
}

async function read(option: string, location: string): Promise<Buffer> {
  try {
    return await readFile(location)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const cause = code === 'ENOENT' ? 'does not exist' : `cannot be read (${messageOf(error)})`
    throw invalid(`${option}: ${location} ${cause}`, error)
  }
}

function invalid(message: string, cause?: unknown): MenagerieError {
  return new MenagerieError('CONFIG_INVALID', message, { cause })
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
