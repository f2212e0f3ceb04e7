import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runChild } from './child.js'
import { removeDir, tempDir } from './temp-dir.js'

/** Files in PEM form for TLS on 127.0.0.1, made by openssl. Dispose of them to remove their folder. */
export interface Certificates extends Disposable {
  /** The certificate of the authority that has signed all others: the trust store of servers and clients. */
  readonly trusted: string
  /** The certificate and the key of each name in one file, as Java's PEM stores have them. */
  store(name: string): string
  /** The same as a PKCS12 file; its password is `password`. */
  pkcs12(name: string): Promise<string>
  /** As {@link store}, with the key under a password. */
  encrypted(name: string, password: string): Promise<string>
  /** The certificate alone, and the key alone. */
  pair(name: string): { certificate: string; key: string }
}

/** Makes an authority, and a certificate with the subject `CN=name,O=Menagerie` for each name. */
export async function makeCertificates(...names: readonly string[]): Promise<Certificates> {
  const folder = tempDir('certificates')
  const file = (name: string) => join(folder, name)
  const pair = (name: string) => ({ certificate: file(`${name}.crt`), key: file(`${name}.key`) })
  try {
    writeFileSync(file('names.ext'), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n')
    const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
    const ca = pair('authority')
    const root = ['-x509', '-days', '2', '-subj', '/CN=authority', '-keyout', ca.key, '-out', ca.certificate]
    await openssl(['req', ...newKey, ...root])
    copyFileSync(ca.certificate, file('trusted.pem'))
    for (const name of names) {
      const { certificate, key } = pair(name)
      const request = file(`${name}.csr`)
      await openssl(['req', ...newKey, '-subj', `/O=Menagerie/CN=${name}`, '-keyout', key, '-out', request])
      const signed = ['-CA', ca.certificate, '-CAkey', ca.key, '-CAcreateserial', '-extfile', file('names.ext')]
      await openssl(['x509', '-req', '-days', '2', '-in', request, ...signed, '-out', certificate])
      writeFileSync(file(`${name}.pem`), readFileSync(key, 'utf8') + readFileSync(certificate, 'utf8'))
    }
  } catch (error) {
    removeDir(folder)
    throw error
  }
  return {
    trusted: file('trusted.pem'),
    store: name => file(`${name}.pem`),
    pkcs12: async name => {
      const out = file(`${name}.p12`)
      const files = ['-in', pair(name).certificate, '-inkey', pair(name).key, '-out', out]
      await openssl(['pkcs12', '-export', ...files, '-passout', 'pass:password'])
      return out
    },
    encrypted: async (name, password) => {
      const key = file(`${name}.encrypted.key`)
      await openssl([
        'pkcs8',
        '-topk8',
        '-v2',
        'aes-256-cbc',
        '-passout',
        `pass:${password}`,
        '-in',
        pair(name).key,
        '-out',
        key,
      ])
      const out = file(`${name}.encrypted.pem`)
      writeFileSync(out, readFileSync(key, 'utf8') + readFileSync(pair(name).certificate, 'utf8'))
      return out
    },
    pair,
    [Symbol.dispose]: () => removeDir(folder),
  }
}

/** System properties of a Java client that trusts the authority, and shows the certificate in `store` if there is one. */
export function javaTls(certificates: Certificates, store?: string): string[] {
  const properties = {
    'zookeeper.clientCnxnSocket': 'org.apache.zookeeper.ClientCnxnSocketNetty',
    'zookeeper.client.secure': 'true',
    'zookeeper.ssl.trustStore.location': certificates.trusted,
    ...(store !== undefined && { 'zookeeper.ssl.keyStore.location': store }),
    ...(store?.endsWith('.p12') && { 'zookeeper.ssl.keyStore.password': 'password' }),
  }
  return Object.entries(properties).map(([key, value]) => `-D${key}=${value}`)
}

async function openssl(args: readonly string[]): Promise<void> {
  const result = await runChild('openssl', args)
  if (result.code !== 0) throw new Error(`openssl ${args.join(' ')}\n${result.stderr}`)
}
