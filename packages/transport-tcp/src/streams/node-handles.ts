import type { Server, Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

/**
 * What Node.js itself builds its sockets on: a TCP connection of libuv, wrapped. It is not documented:
 * whoever uses it has to do without where it is not as expected.
 */
export interface TcpHandle {
  /** Called after each read, with the outcome in {@link StreamBinding.readResult}. */
  onread: () => void
  readonly writeQueueSize: number
  /** The file descriptor; -1 or undefined where there is none. */
  readonly fd?: number
  /** Reads go into this array from now on, instead of into a new one each. */
  useUserBuffer(bytes: Uint8Array): void
  readStart(): number
  readStop(): number
  /** Returns 0 or a negative error number. `request` is free again unless {@link StreamBinding.lastWriteWaits}. */
  writeBuffer(request: WriteRequest, bytes: Uint8Array): number
  /** Returns 0, 1 if it is done already, or a negative error number. */
  shutdown(request: ShutdownRequest): number
  close(closed: () => void): void
  setNoDelay(on: boolean): number
  setKeepAlive(on: boolean, delaySeconds: number): number
  getpeername(out: Partial<SocketAddress>): number
}

/** The file descriptor of a connection, where Node.js tells it. */
export function descriptorOf(socket: Socket): number | undefined {
  return (socket as unknown as { _handle?: TcpHandle | null })._handle?.fd
}

export interface SocketAddress {
  address: string
  port: number
}

/** A write that libuv has not finished. */
export interface WriteRequest {
  /** Kept from the garbage collector until then. */
  bytes?: Uint8Array
  oncomplete?: (status: number, handle: TcpHandle) => void
}

export interface ShutdownRequest {
  oncomplete?: (status: number) => void
}

/** The parts of Node's own stream code that go with a {@link TcpHandle}. */
export interface StreamBinding {
  newWrite(): WriteRequest
  newShutdown(): ShutdownRequest
  /** Of the read that `onread` is called for: how many bytes, or a negative error number. */
  readResult(): number
  /** Whether some of the last write's bytes have to wait. */
  lastWriteWaits(): boolean
}

interface RawBinding {
  WriteWrap: new () => WriteRequest
  ShutdownWrap: new () => ShutdownRequest
  streamBaseState: Int32Array
  kReadBytesOrError: number
  kLastWriteWasAsync: number
}

/** Undefined where this Node.js does not give it, or not in this shape: then sockets do. */
export function findStreamBinding(): StreamBinding | undefined {
  const raw = loadBinding()
  if (raw === undefined) return undefined
  const { WriteWrap, ShutdownWrap, streamBaseState, kReadBytesOrError, kLastWriteWasAsync } = raw
  const isKnown =
    typeof WriteWrap === 'function' &&
    typeof ShutdownWrap === 'function' &&
    typeof streamBaseState?.[kReadBytesOrError] === 'number' &&
    typeof streamBaseState[kLastWriteWasAsync] === 'number'
  if (!isKnown) return undefined
  return {
    newWrite: () => new WriteWrap(),
    newShutdown: () => new ShutdownWrap(),
    readResult: () => streamBaseState[kReadBytesOrError],
    lastWriteWaits: () => streamBaseState[kLastWriteWasAsync] !== 0,
  }
}

function loadBinding(): RawBinding | undefined {
  try {
    return (process as unknown as { binding?(name: string): RawBinding }).binding?.('stream_wrap')
  } catch {
    // Not allowed to (the permission model), or gone.
    return undefined
  }
}

/**
 * Has a listening server hand over the handles of its connections, before sockets are made of them. False if they are not
 * as expected: then its `connection` events go on.
 *
 * @param accepted `status` is 0, or a negative error number: then there is no handle
 */
export function acceptHandles(server: Server, accepted: (status: number, handle: TcpHandle) => void): boolean {
  // The listening handle is of the same class as those that it accepts.
  const listening = (server as unknown as { _handle?: (TcpHandle & { onconnection?: unknown }) | null })._handle
  if (typeof listening?.onconnection !== 'function' || !isKnownHandle(listening)) return false
  listening.onconnection = accepted
  return true
}

/**
 * The handle of a plain connection, whose socket is of no use afterwards. Undefined, with nothing done, if it is not as
 * expected, and while the socket holds bytes that were read or are to be sent.
 */
export function takeHandle(socket: Socket): TcpHandle | undefined {
  const owner = socket as unknown as { _handle: TcpHandle | null }
  const handle = owner._handle
  const isIdle = socket.readable && socket.writable && socket.readableLength === 0 && socket.writableLength === 0
  if (!isIdle || socket instanceof TLSSocket || handle === null || !isKnownHandle(handle)) return undefined
  handle.readStop()
  owner._handle = null
  socket.destroy()
  return handle
}

const METHODS = [
  'useUserBuffer',
  'readStart',
  'readStop',
  'writeBuffer',
  'shutdown',
  'close',
  'setNoDelay',
  'setKeepAlive',
  'getpeername',
] as const

function isKnownHandle(handle: TcpHandle): boolean {
  return METHODS.every(method => typeof handle[method] === 'function') && typeof handle.writeQueueSize === 'number'
}
