/** The addresses for clients: `server.clients` of the YAML. Everything else there is the listener's to check. */
import type { ConfigDraft, ListenOption } from '@menagerie/core'
import { show } from './issues.js'
import type { YamlSource } from './yaml-source.js'

const base = ['server', 'clients']

export function takeClients(source: YamlSource, draft: ConfigDraft): void {
  const clients = source.map(base, 'a map with listen')
  for (const name of ['listen', 'secureListen'] as const) {
    const addresses = takeAddresses(source, name, clients)
    if (addresses) draft.set(`clients.${name}`, addresses, source.origin([...base, name]))
  }
  for (const [name, value] of Object.entries(clients)) {
    if (name === 'listen' || name === 'secureListen') continue
    draft.set(`clients.${name}`, value, source.origin([...base, name]))
    markInside(source, draft, [name], value)
  }
  if ('tls' in clients) draft.set('settings.x509AuthEnabled', true, source.origin([...base, 'tls']))
}

/** So that what the listener says of a value deep inside can be said with its line. */
function markInside(source: YamlSource, draft: ConfigDraft, path: readonly string[], value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  for (const [name, inner] of Object.entries(value)) {
    const deeper = [...path, name]
    draft.mark(`clients.${deeper.join('.')}`, source.origin([...base, ...deeper]))
    markInside(source, draft, deeper, inner)
  }
}

function takeAddresses(
  source: YamlSource,
  name: 'listen' | 'secureListen',
  clients: Record<string, unknown>,
): ListenOption[] | undefined {
  if (!(name in clients)) return undefined
  const value = clients[name]
  const entries = Array.isArray(value) ? value : [value]
  const addresses = entries.map(parseAddress)
  for (const [index, address] of addresses.entries()) {
    if (address) continue
    const place = [...base, name, ...(Array.isArray(value) ? [index] : [])]
    source.report(place, `found ${show(entries[index])}, expected an address and a port, as 127.0.0.1:2181`)
  }
  return addresses.filter(address => address !== undefined)
}

/** `host:port`, `[ipv6]:port`, `*:port` for every address of the machine, or a port for 127.0.0.1. */
export function parseAddress(value: unknown): ListenOption | undefined {
  if (typeof value === 'number') return parseAddress(`127.0.0.1:${value}`)
  const [, inBrackets, host, port] = /^(?:\[([0-9a-f:.]+)\]|([^\s:[\]]+)):(\d{1,5})$/i.exec(String(value)) ?? []
  if (port === undefined || Number(port) > 65535) return undefined
  return { host: host === '*' ? undefined : (inBrackets ?? host), port: Number(port) }
}
