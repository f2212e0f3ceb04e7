/** Client addresses and their TLS out of a zoo.cfg. */
import type { ListenOption, StoreOption, TlsOption } from './effective.js'
import type { GivenValue, ZooReading } from './zoo-cfg.js'

export function takeClients(reading: ZooReading): void {
  const { draft, given, file } = reading
  const plain = takeAddress(reading, 'clientPort', 'clientPortAddress')
  const secure = takeAddress(reading, 'secureClientPort', 'secureClientPortAddress')
  const own = ownAddress(reading, plain)
  if (plain) draft.set('clients.listen', [plain], given.get('clientPort')!.origin)
  else if (own) draft.set('clients.listen', [own.address], own.origin)
  if (secure) draft.set('clients.secureListen', [secure], given.get('secureClientPort')!.origin)
  const portGiven = [...given.keys()].some(name => name === 'clientPort' || name === 'secureClientPort')
  if (!plain && !secure && !own && !portGiven && draft.problems.every(({ key }) => key !== 'clientPort')) {
    const message = 'is not given and neither is secureClientPort, expected a port: no client could connect'
    draft.problems.push({ file, key: 'clientPort', message })
  }
  takeTls(reading, secure !== undefined)
}

function takeAddress({ draft, given, file }: ZooReading, portKey: string, hostKey: string): ListenOption | undefined {
  const port = given.get(portKey)
  const host = given.get(hostKey)
  if (port) return { host: host?.value as string | undefined, port: port.value as number }
  // A port that could not be read has been reported already.
  if (host && draft.problems.every(({ key }) => key !== portKey)) {
    draft.problems.push({ ...host.origin, file, message: `is given without ${portKey}, expected both or none` })
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

function takeTls(reading: ZooReading, secure: boolean): void {
  const { draft, given, file } = reading
  const unification = given.get('client.portUnification')
  const unified = unification?.value === true
  if (unified) draft.set('clients.portUnification', true, unification.origin)
  if (!secure && !unified) return
  const keyStore = takeStore(reading, 'ssl.keyStore')
  const trustStore = takeStore(reading, 'ssl.trustStore')
  const origin = (given.get('secureClientPort') ?? unification)!.origin
  const located = given.get('ssl.keyStore.location')
  if (!located && draft.problems.every(({ key }) => key !== 'ssl.keyStore.location')) {
    const message = `is not given, expected the file with key and certificate for ${origin.key}`
    draft.problems.push({ file, key: 'ssl.keyStore.location', message })
  }
  if (!keyStore) return
  const clientAuth = (given.get('ssl.clientAuth')?.value ?? 'need') as TlsOption['clientAuth']
  if (clientAuth !== 'none' && !trustStore && !given.has('ssl.trustStore.location')) {
    const message = 'is not given, expected the file with the certificates of clients, or ssl.clientAuth=none'
    draft.problems.push({ file, key: 'ssl.trustStore.location', message })
  }
  const tls: TlsOption = {
    keyStore,
    trustStore,
    clientAuth,
    protocols: takeProtocols(reading),
    cipherSuites: given.get('ssl.ciphersuites')?.value as string[] | undefined,
    handshakeTimeoutMs: given.get('ssl.handshakeDetectionTimeoutMillis')?.value as number | undefined,
  }
  draft.set('clients.tls', tls, located!.origin)
  draft.set('settings.x509AuthEnabled', true, located!.origin)
}

function takeProtocols({ draft, given }: ZooReading): string[] | undefined {
  const protocols = given.get('ssl.enabledProtocols') ?? given.get('ssl.protocol')
  if (!protocols) return undefined
  const names = Array.isArray(protocols.value) ? (protocols.value as string[]) : [protocols.value as string]
  const wrong = names.find(name => !['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'].includes(name))
  if (wrong === undefined) return names
  draft.problems.push({ ...place(protocols), message: `found "${wrong}", expected TLSv1.2 or TLSv1.3` })
  return undefined
}

const place = ({ origin: { file, line, key } }: GivenValue) => ({ file, line, key })

/** What to do with a store of a type that only Java reads. */
const conversion = (location: string) =>
  `keytool -importkeystore -srckeystore ${location} -destkeystore ${location.replace(/\.[^./]*$/, '')}.p12 -deststoretype PKCS12`

function takeStore({ draft, given, files }: ZooReading, prefix: string): StoreOption | undefined {
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
  const passwordFile = given.get(`${prefix}.passwordPath`)
  let password = given.get(`${prefix}.password`)?.value as string | undefined
  if (passwordFile) {
    try {
      const text = files.read(passwordFile.value as string)
      if (text === undefined) draft.problems.push({ ...place(passwordFile), message: noFile(passwordFile) })
      password = text?.split(/\r?\n/)[0]
    } catch (error) {
      draft.problems.push({ ...place(passwordFile), message: (error as Error).message })
    }
  }
  return { location, type, password }
}

const noFile = ({ value }: GivenValue) => `there is no file "${value}"`
