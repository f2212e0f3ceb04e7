import { z } from 'zod'

const storeType = z
  .enum(['PEM', 'PKCS12', 'JKS', 'BCFKS'])
  .optional()
  .describe('Kind of file, where the ending (.pem, .p12, .jks, .bcfks) does not say it; JKS and BCFKS are not read')

const keyStore = z.strictObject({
  location: z.string().min(1).describe('File with the private key and the certificate chain (ssl.keyStore.location)'),
  password: z.string().optional().describe('Password of the key (ssl.keyStore.password)'),
  passwordPath: z.string().optional().describe('File that holds the password instead (ssl.keyStore.passwordPath)'),
  type: storeType,
})

const trustStore = z.strictObject({
  location: z
    .string()
    .min(1)
    .describe('PEM file with the certificates that client certificates have to lead to (ssl.trustStore.location)'),
  password: z.string().optional().describe('Not used: a PEM file of certificates has none (ssl.trustStore.password)'),
  type: storeType,
})

/** Keys, certificates and rules of TLS, towards clients as towards peers. */
export const tlsOptions = z.strictObject({
  keyStore: keyStore.describe('What this server shows: its private key and certificates'),
  trustStore: trustStore.optional().describe('Which certificates of others are taken'),
  clientAuth: z
    .enum(['none', 'want', 'need'])
    .default('need')
    .describe('Whether clients have to show a certificate (ssl.clientAuth)'),
  protocols: z
    .array(z.enum(['TLSv1.2', 'TLSv1.3']))
    .min(1)
    .default(['TLSv1.2', 'TLSv1.3'])
    .describe('Versions of TLS (ssl.enabledProtocols)'),
  cipherSuites: z
    .array(z.string())
    .min(1)
    .optional()
    .describe('Cipher suites under their Java or OpenSSL names; by default those of Node (ssl.ciphersuites)'),
  clientHostnameVerification: z
    .boolean()
    .default(false)
    .describe('Refuse a client whose certificate does not name its address (ssl.clientHostnameVerification)'),
  allowReverseDnsLookup: z
    .boolean()
    .default(false)
    .describe('Let that certificate name the host instead, as DNS has it (ssl.allowReverseDnsLookup)'),
  crl: z
    .array(z.string())
    .default([])
    .describe('PEM files of revocation lists; with any, every CA of a chain needs one (instead of ssl.crl)'),
  certReload: z
    .boolean()
    .default(false)
    .describe('Look for changed files every ten seconds and use them for new connections (client.certReload)'),
  handshakeTimeoutMs: z
    .number()
    .int()
    .min(1)
    .default(5000)
    .describe('How long telling TLS from plain and the handshake may take (ssl.handshakeDetectionTimeoutMillis)'),
  handshakesMax: z
    .number()
    .int()
    .min(0)
    .default(0)
    .describe('Handshakes at one time above which connections are refused; 0 is no limit (outstandingHandshake.limit)'),
})

/** The same with every default filled in. */
export type TlsOptions = z.output<typeof tlsOptions>
