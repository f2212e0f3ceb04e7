/** Service instances as Curator's x-discovery writes them, in JSON. */
import { argument, checkedName } from '../base/paths.js'
import { text, utf8 } from '../base/text.js'

/** Curator's kinds of instances: DYNAMIC ones go with their session, STATIC and PERMANENT ones stay. */
export type ServiceType = 'DYNAMIC' | 'STATIC' | 'PERMANENT' | 'DYNAMIC_SEQUENTIAL'

/** One part of a URI: text, or the name of a variable. */
export interface UriPart {
  /** The text, or the variable's name: `address`, `port`, `ssl-port`, … */
  readonly value: string
  /** Whether it is the name of a variable. */
  readonly variable: boolean
}

/** One instance of a service. Curator's names. */
export interface ServiceInstance<P = unknown> {
  /** Of the service; the folder of its instances. */
  readonly name: string
  /** Of the instance among those of its service; the name of its znode. */
  readonly id: string
  /** A host name or address. */
  readonly address: string | null
  /** From 0 to 65535. */
  readonly port: number | null
  /** From 0 to 65535. */
  readonly sslPort: number | null
  /** Whatever the service says about itself; for Curator's Java readers it needs what their class mapping asks for. */
  readonly payload: P | null
  /** Milliseconds since 1970. */
  readonly registrationTimeUTC: number
  /** Whether it goes with the session that registered it. */
  readonly serviceType: ServiceType
  /** How its URI is put together, see {@link uriOf}. */
  readonly uriSpec: { readonly parts: readonly UriPart[] } | null
  /** Only in registries whose Java side does not use the compatible serializer. */
  readonly enabled?: boolean
}

/** What is needed to register; everything else has a default. */
export type NewInstance<P = unknown> = Pick<ServiceInstance<P>, 'name'> & Partial<ServiceInstance<P>>

/** @throws RECIPE_ARGUMENT for names and ports that cannot be */
export function completeInstance<P>(instance: NewInstance<P>, uuid: string, nowMs: number): ServiceInstance<P> {
  const { name, id = uuid, address = null, port = null, sslPort = null, payload = null, uriSpec = null } = instance
  checkedName(name, "a service's name")
  checkedName(id, "an instance's id")
  for (const number of [port, sslPort]) {
    if (number !== null && !(Number.isInteger(number) && number >= 0 && number <= 65_535)) {
      throw argument(`${number} is not a port`)
    }
  }
  const { registrationTimeUTC = nowMs, serviceType = 'DYNAMIC', enabled } = instance
  const complete = { name, id, address, port, sslPort, payload, registrationTimeUTC, serviceType, uriSpec }
  return enabled === undefined ? complete : { ...complete, enabled }
}

export function encodeInstance(instance: ServiceInstance): Uint8Array {
  return utf8(JSON.stringify(instance))
}

/** @throws Error that says what is wrong */
export function decodeInstance(bytes: Uint8Array): ServiceInstance {
  const found = JSON.parse(text(bytes)) as Partial<ServiceInstance> | null
  if (typeof found?.name !== 'string' || typeof found.id !== 'string') {
    throw new Error('it is no service instance: name or id is missing')
  }
  return completeInstance({ ...found, name: found.name }, found.id, 0)
}

/** The instance's address as a URI: its uriSpec filled in, or scheme, address and port. Null without an address. */
export function uriOf(instance: ServiceInstance, scheme = 'http'): string | null {
  const { address, port, sslPort, uriSpec } = instance
  if (uriSpec === null) {
    const number = scheme.endsWith('s') ? (sslPort ?? port) : port
    return address === null ? null : `${scheme}://${address}${number === null ? '' : `:${number}`}`
  }
  const values: Record<string, unknown> = {
    scheme: sslPort === null ? 'http' : 'https',
    name: instance.name,
    id: instance.id,
    address,
    port,
    'ssl-port': sslPort,
    'registration-time-utc': instance.registrationTimeUTC,
    'service-type': instance.serviceType.toLowerCase(),
  }
  return uriSpec.parts.map(({ value, variable }) => (variable ? String(values[value] ?? '') : value)).join('')
}
