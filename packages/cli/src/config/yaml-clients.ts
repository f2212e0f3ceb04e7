/** The addresses for clients: `server.clients` of the YAML. */
import { type ConfigDraft, type ListenOption, nearest, type TlsOption } from '@menagerie/core'
import { z } from 'zod'
import { show, type YamlSource } from './yaml-source.js'

const store = z.strictObject({
  location: z.string().min(1),
  type: z.enum(['PEM', 'PKCS12']).default('PEM'),
  password: z.string().optional(),
})

const tls = z.strictObject({
  keyStore: store,
  trustStore: store.optional(),
  clientAuth: z.enum(['none', 'want', 'need']).default('need'),
  protocols: z.array(z.enum(['TLSv1.2', 'TLSv1.3'])).optional(),
  cipherSuites: z.array(z.string()).optional(),
  handshakeTimeoutMs: z.number().int().min(1).optional(),
}) satisfies z.ZodType<TlsOption>

const plain = {
  backlog: z.number().int().min(1),
  keepAlive: z.boolean(),
  portUnification: z.boolean(),
  tls,
}

const names = ['listen', 'secureListen', ...Object.keys(plain)]

export function takeClients(source: YamlSource, draft: ConfigDraft): void {
  const base = ['server', 'clients']
  for (const [name, value] of Object.entries(source.map(base, `a map with ${names.join(', ')}`))) {
    const path = [...base, name]
    const target = `clients.${name}`
    if (name === 'listen' || name === 'secureListen') {
      const addresses = takeAddresses(source, path, value)
      if (addresses) draft.set(target, addresses, source.origin(path))
    } else if (name in plain) {
      const parsed = plain[name as keyof typeof plain].safeParse(value)
      if (!parsed.success) source.reportIssues(path, parsed.error.issues)
      else draft.set(target, parsed.data, source.origin(path))
    } else {
      const guess = nearest(name, names)
      source.report(
        path,
        `unknown key; ${guess === undefined ? `there are ${names.join(', ')}` : `did you mean ${guess}?`}`,
      )
    }
  }
  const needsTls = draft.get('clients.secureListen') ?? draft.get('clients.portUnification')
  if (needsTls && !draft.get('clients.tls') && source.get([...base, 'tls']) === undefined) {
    source.report([...base, 'tls'], 'is not given, expected keyStore with key and certificate')
  }
  if (draft.get('clients.tls')) draft.set('settings.x509AuthEnabled', true, source.origin([...base, 'tls']))
}

function takeAddresses(source: YamlSource, path: PropertyKey[], value: unknown): ListenOption[] | undefined {
  const entries = Array.isArray(value) ? value : [value]
  const addresses = entries.map(parseAddress)
  for (const [index, address] of addresses.entries()) {
    if (address) continue
    const place = Array.isArray(value) ? [...path, index] : path
    source.report(place, `found ${show(entries[index])}, expected an address and a port, as 127.0.0.1:2181`)
  }
  return addresses.includes(undefined) ? undefined : (addresses as ListenOption[])
}

/** `host:port`, `[ipv6]:port`, `*:port` for every address of the machine, or a port for 127.0.0.1. */
export function parseAddress(value: unknown): ListenOption | undefined {
  if (typeof value === 'number') return parseAddress(`127.0.0.1:${value}`)
  const [, inBrackets, host, port] = /^(?:\[([0-9a-f:.]+)\]|([^\s:[\]]+)):(\d{1,5})$/i.exec(String(value)) ?? []
  if (port === undefined || Number(port) > 65535) return undefined
  return { host: host === '*' ? undefined : (inBrackets ?? host), port: Number(port) }
}
