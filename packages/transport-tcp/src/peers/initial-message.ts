/**
 * What a server says first on a connection of the election plane (QuorumCnxManager.InitialMessage): a protocol version,
 * its id, and where it takes votes itself.
 */
import { MarshallingError } from '@menagerie/core/jute'
import { type Endpoint, formatEndpoint, parseEndpoint } from './endpoint.js'

/** One address. Every server since 3.5 takes it. */
const PROTOCOL_V1 = -65_536n
/** Several addresses with `|` between them, since 3.6 (ZOOKEEPER-3188). */
const PROTOCOL_V2 = -65_535n
/** What Apache accepts as the length of the addresses (maxBuffer). */
const ADDRESS_BYTES_MAX = 2048

const VERSION_BYTES = 8
const HEAD_BYTES = 20
const LENGTH_AT = 16
/** Addresses that lead to nobody in particular: a server that listens everywhere states them. */
const WILDCARDS = new Set(['0.0.0.0', '::', '0:0:0:0:0:0:0:0'])

export interface InitialMessage {
  readonly sid: number
  /** Where the server says that it is reached; none from 3.4, or if it names a wildcard. */
  readonly addresses: readonly Endpoint[]
}

/** @param addresses With `multiAddress` all are told, else the first. */
export function encodeInitialMessage(sid: number, addresses: readonly Endpoint[], multiAddress: boolean): Uint8Array {
  const told = multiAddress ? addresses : addresses.slice(0, 1)
  const text = new TextEncoder().encode(told.map(formatEndpoint).join('|'))
  const bytes = new Uint8Array(HEAD_BYTES + text.length)
  const view = new DataView(bytes.buffer)
  view.setBigInt64(0, multiAddress ? PROTOCOL_V2 : PROTOCOL_V1)
  view.setBigInt64(VERSION_BYTES, BigInt(sid))
  view.setInt32(LENGTH_AT, text.length)
  bytes.set(text, HEAD_BYTES)
  return bytes
}

/** Gathers the initial message from the pieces in which it comes. */
export class InitialMessageReader {
  private bytes = new Uint8Array(0)

  /**
   * The message and what came behind it, once it is complete.
   * @throws MarshallingError this is no initial message
   */
  push(chunk: Uint8Array): { readonly message: InitialMessage; readonly rest: Uint8Array } | undefined {
    this.bytes = joined(this.bytes, chunk)
    const { bytes } = this
    const end = messageLength(bytes)
    if (end === undefined || bytes.length < end) return undefined
    const view = new DataView(bytes.buffer, bytes.byteOffset)
    const legacy = end === VERSION_BYTES
    const sid = serverId(view.getBigInt64(legacy ? 0 : VERSION_BYTES))
    const addresses = legacy ? [] : parseAddresses(bytes.subarray(HEAD_BYTES, end))
    return { message: { sid, addresses }, rest: bytes.subarray(end) }
  }
}

/** Undefined while it cannot be told. */
function messageLength(bytes: Uint8Array): number | undefined {
  if (bytes.length < VERSION_BYTES) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const version = view.getBigInt64(0)
  // Before 3.5 there was no version: the first long is the id of the server.
  if (version >= 0n) return VERSION_BYTES
  if (version !== PROTOCOL_V1 && version !== PROTOCOL_V2) {
    throw new MarshallingError(
      `an initial message of protocol ${version}, which is neither ${PROTOCOL_V1} nor ${PROTOCOL_V2}`,
    )
  }
  if (bytes.length < HEAD_BYTES) return undefined
  const length = view.getInt32(LENGTH_AT)
  if (length <= 0 || length > ADDRESS_BYTES_MAX) {
    throw new MarshallingError(
      `an initial message with addresses of ${length} bytes, outside 1 to ${ADDRESS_BYTES_MAX}`,
    )
  }
  return HEAD_BYTES + length
}

function serverId(value: bigint): number {
  if (value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new MarshallingError(`an initial message of server ${value}, which is no server's id`)
  }
  return Number(value)
}

function parseAddresses(bytes: Uint8Array): Endpoint[] {
  const text = new TextDecoder().decode(bytes)
  const endpoints = text.split('|').map(part => {
    const endpoint = parseEndpoint(part)
    if (endpoint === undefined)
      throw new MarshallingError(`an initial message with the address ${JSON.stringify(part)}`)
    return endpoint
  })
  return endpoints.filter(({ host }) => !WILDCARDS.has(host))
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(first.length + second.length)
  whole.set(first)
  whole.set(second, first.length)
  return whole
}
