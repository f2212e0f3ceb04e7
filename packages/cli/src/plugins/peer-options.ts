/** Keys of a zoo.cfg for the way between servers, under the names that the transport has for them. */
import type { ConfigProblem, EffectiveConfig, EnsembleConfig, PluginDefinition, PluginUse } from '@menagerie/core'

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

/** Options that a transport has only where servers are at each other's ports. */
const WHY_NOT: Readonly<Record<string, string>> = {
  observerPort: 'observers go to the leader over it',
  sasl: 'who may be a peer is for it to say',
}

/**
 * What `quorum` of a YAML asks for and the transport that the file names cannot give; and an option of the transport that
 * the rest of the server has to know of as well.
 */
export function transportProblems(use: PluginUse, plugin: PluginDefinition, config: EffectiveConfig): ConfigProblem[] {
  const problems: ConfigProblem[] = []
  const taken = (plugin.options as { shape?: object }).shape ?? {}
  for (const [option, because] of Object.entries(WHY_NOT)) {
    const { file, line, key } = config.origins.get(`ensemble.${option}`) ?? {}
    if (key === undefined || option in taken) continue
    const message = `has no meaning with "${use.use}": ${because}. It is for @menagerie/transport-tcp/peers`
    problems.push({ file, line, key, message })
  }
  if ('observerPort' in use.with && 'observerPort' in taken) {
    const { file, line, key } = use.locate(['observerPort'])
    problems.push({ file, line, key, message: 'belongs below quorum, since the server has to know of it as well' })
  }
  return problems
}
