/** Client addresses and their TLS out of a zoo.cfg. */
import type { ListenOption, StoreOption, TlsOption } from './effective.js'
import type { GivenValue, ZooReading } from './zoo-cfg.js'

export function takeClients(reading: ZooReading): void {
  const { draft, given, file } = reading
  const plain = takeAddress(reading, 'clientPort', 'clientPortAddress')
  const secure = takeAddress(reading, 'secureClientPort', 'secureClientPortAddress')
  const own = ownAddress(reading, plain)
  const unified = given.get('client.portUnification')
  if (plain) draft.set('clients.listen', [plain], given.get('clientPort')!.origin)
  else if (own) draft.set('clients.listen', [own.address], own.origin)
  if (unified?.value === true) draft.set('clients.portUnification', true, unified.origin)
  if (secure) draft.set('clients.secureListen', [secure], given.get('secureClientPort')!.origin)
  const wrongPort = draft.problems.some(({ key }) => key === 'clientPort' || key === 'secureClientPort')
  if (!plain && !own && !secure && !wrongPort) {
    const message = 'is not given and neither is secureClientPort, expected a port: no client could connect'
    draft.problems.push({ file, key: 'clientPort', message })
  }
  if (secure) takeTls(reading, given.get('secureClientPort')!)
  else if (unified?.value === true) takeTls(reading, unified)
}

function takeAddress({ draft, given }: ZooReading, portKey: string, hostKey: string): ListenOption | undefined {
  const port = given.get(portKey)
  const host = given.get(hostKey)
  if (port) return { host: host?.value as string | undefined, port: port.value as number }
  // A port that could not be read has been reported already.
  if (host && draft.problems.every(({ key }) => key !== portKey)) {
    draft.problems.push({ ...place(host), message: `is given without ${portKey}, expected both or none` })
  }
  return undefined
}

/** The client address that the list of servers gives this server. */
function ownAddress({ draft, given }: ZooReading, plain: ListenOption | undefined) {
  const { ensemble } = draft
  const client = ensemble?.myId === undefined ? undefined : ensemble.servers.get(ensemble.myId)?.client
  if (!client) return undefined
  const from = given.get(`server.${ensemble!.myId}`)!
  const anyAddress = plain?.host === undefined || plain.host === '0.0.0.0' || plain.host === '::'
  if (plain && (plain.port !== client.port || (!anyAddress && plain.host !== client.host))) {
    const { file, line, key } = from.origin
    const mine = `${plain.host ?? '0.0.0.0'}:${plain.port}`
    const message = `found ${client.host}:${client.port} for clients, expected ${mine} as clientPort says`
    draft.problems.push({ file, line, key, message })
  }
  const host = client.host === '0.0.0.0' ? undefined : client.host
  return { address: { host, port: client.port }, origin: from.origin }
}

function takeTls(reading: ZooReading, wanting: GivenValue): void {
  const { draft, given, file } = reading
  const keyStore = takeStore(reading, 'ssl.keyStore')
  const trustStore = takeStore(reading, 'ssl.trustStore')
  const reported = (name: string) => draft.problems.some(({ key }) => key === name)
  const located = given.get('ssl.keyStore.location')
  if (!located && !reported('ssl.keyStore.location')) {
    const message = `is not given, expected the file with key and certificate for ${wanting.name}`
    draft.problems.push({ file, key: 'ssl.keyStore.location', message })
  }
  const value = <T>(name: string) => given.get(name)?.value as T | undefined
  const clientAuth = value<TlsOption['clientAuth']>('ssl.clientAuth') ?? 'need'
  if (clientAuth !== 'none' && !given.has('ssl.trustStore.location') && !reported('ssl.trustStore.location')) {
    const message = 'is not given, expected the file with the certificates of clients, or ssl.clientAuth=none'
    draft.problems.push({ file, key: 'ssl.trustStore.location', message })
  }
  const handshakes = value<number>('netty.server.outstandingHandshake.limit') ?? 0
  const protocols = takeProtocols(reading)
  if (!keyStore || !located) return
  const tls: TlsOption = {
    keyStore,
    trustStore,
    clientAuth,
    protocols,
    cipherSuites: value('ssl.ciphersuites'),
    clientHostnameVerification: value('ssl.clientHostnameVerification'),
    allowReverseDnsLookup: value('ssl.allowReverseDnsLookup'),
    certReload: value('client.certReload'),
    handshakeTimeoutMs: value('ssl.handshakeDetectionTimeoutMillis'),
    handshakesMax: handshakes > 0 ? handshakes : undefined,
  }
  draft.set('clients.tls', withoutUndefined(tls), located.origin)
  draft.set('settings.x509AuthEnabled', true, located.origin)
}

/** What is not given is left out, for the plugin to fill in. */
const withoutUndefined = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as T

type Protocols = NonNullable<TlsOption['protocols']>

/** ssl.enabledProtocols, or every version up to the one of ssl.protocol. */
function takeProtocols({ draft, given }: ZooReading): Protocols | undefined {
  let names: Protocols | undefined
  for (const entry of [given.get('ssl.protocol'), given.get('ssl.enabledProtocols')]) {
    if (!entry) continue
    const versions = [entry.value].flat() as string[]
    const wrong = versions.find(name => name !== 'TLSv1.2' && name !== 'TLSv1.3')
    if (wrong !== undefined || versions.length === 0) {
      draft.problems.push({ ...place(entry), message: `found "${wrong ?? ''}", expected TLSv1.2 or TLSv1.3` })
    }
    const single = entry.name === 'ssl.protocol' && versions[0] === 'TLSv1.3'
    names = (single ? ['TLSv1.2', 'TLSv1.3'] : versions) as unknown as Protocols
  }
  return names
}

const place = ({ origin: { file, line, key } }: GivenValue) => ({ file, line, key })

/** What to do with a store of a type that only Java reads. */
const conversion = (location: string) =>
  `keytool -importkeystore -srckeystore ${location} -destkeystore ${location.replace(/\.[^./]*$/, '')}.p12 -deststoretype PKCS12`

function takeStore({ draft, given }: ZooReading, prefix: string): StoreOption | undefined {
  const located = given.get(`${prefix}.location`)
  if (!located) return undefined
  const location = located.value as string
  const typed = given.get(`${prefix}.type`)
  const byName = /\.(jks|pem|p12|bcfks)$/.exec(location)?.[1]
  const type = (typed?.value as string | undefined) ?? (byName === 'p12' ? 'PKCS12' : byName?.toUpperCase())
  if (type === undefined) {
    const message = `found "${location}", expected a name in .pem or .p12, or ${prefix}.type`
    draft.problems.push({ ...place(located), message })
    return undefined
  }
  if (type !== 'PEM' && type !== 'PKCS12') {
    const message = `${type} stores are Java's own, expected PEM or PKCS12: convert it with ${conversion(location)}`
    draft.problems.push({ ...place(typed ?? located), message })
    return undefined
  }
  const password = given.get(`${prefix}.password`)?.value as string | undefined
  const passwordPath = given.get(`${prefix}.passwordPath`)?.value as string | undefined
  if (prefix === 'ssl.keyStore') return withoutUndefined<StoreOption>({ location, type, password, passwordPath })
  if (type === 'PEM') return { location, type }
  const message = `PKCS12 trust stores are not read, expected PEM: convert it with openssl pkcs12 -in ${location} -cacerts -nokeys`
  draft.problems.push({ ...place(typed ?? located), message })
  return undefined
}
