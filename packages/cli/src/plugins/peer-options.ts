/** Keys of a zoo.cfg for the way between servers, under the names that the transport has for them. */
import type { EnsembleConfig } from '@menagerie/core'

const KEYS: Readonly<Record<string, string>> = {
  quorumListenOnAllIPs: 'listenOnAllIPs',
  observerMasterPort: 'observerPort',
  electionPortBindRetry: 'bindAttempts',
  tcpKeepAlive: 'keepAlive',
  cnxTimeout: 'connectTimeoutMs',
  'multiAddress.enabled': 'multiAddress',
  sslQuorum: 'sslQuorum',
  portUnification: 'portUnification',
}

const TLS_KEYS: Readonly<Record<string, string>> = {
  'ssl.quorum.clientAuth': 'clientAuth',
  'ssl.quorum.ciphersuites': 'cipherSuites',
  'ssl.quorum.hostnameVerification': 'hostnameVerification',
  'ssl.quorum.clientHostnameVerification': 'clientHostnameVerification',
  'ssl.quorum.allowReverseDnsLookup': 'allowReverseDnsLookup',
  'ssl.quorum.handshakeDetectionTimeoutMillis': 'handshakeTimeoutMs',
  sslQuorumReloadCertFiles: 'certReload',
}

/** Options of `@menagerie/transport-tcp/peers`; what the file leaves out is left to it. */
export function peerOptions({ options, sasl }: EnsembleConfig): Record<string, unknown> {
  const secure = options.get('sslQuorum') === true || options.get('portUnification') === true
  return given({ ...renamed(options, KEYS), tls: secure ? tls(options) : undefined, sasl })
}

/** Undefined without a key store: the transport says what is missing. */
function tls(options: EnsembleConfig['options']): Record<string, unknown> | undefined {
  const keyStore = store(options, 'ssl.quorum.keyStore')
  if (keyStore === undefined) return undefined
  const protocols = options.get('ssl.quorum.enabledProtocols') ?? upTo(options.get('ssl.quorum.protocol'))
  return given({
    ...renamed(options, TLS_KEYS),
    keyStore,
    trustStore: store(options, 'ssl.quorum.trustStore'),
    protocols,
  })
}

function store(options: EnsembleConfig['options'], prefix: string): Record<string, unknown> | undefined {
  if (!options.has(`${prefix}.location`)) return undefined
  const parts = ['location', 'type', 'password', 'passwordPath'].map(part => [part, options.get(`${prefix}.${part}`)])
  return given(Object.fromEntries(parts))
}

/** `ssl.quorum.protocol` names the newest version. */
const upTo = (newest: unknown) => (newest === 'TLSv1.2' ? ['TLSv1.2'] : undefined)

const renamed = (options: EnsembleConfig['options'], names: Readonly<Record<string, string>>) =>
  given(Object.fromEntries(Object.entries(names).map(([key, option]) => [option, options.get(key)])))

const given = (options: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
