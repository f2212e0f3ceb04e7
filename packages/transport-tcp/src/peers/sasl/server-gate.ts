import type { Socket } from 'node:net'
import { type Clock, type Logger, type Random, RateLimitedWarning, type SaslExchange } from '@menagerie/core'
import { digestMd5 } from '@menagerie/core/sasl'
import type { LastWords } from '../last-words.js'
import { WaitingRoom } from '../waiting-room.js'
import { AuthPacketReader, AuthStatus, beginsAuthPacket, encodeAuthPacket, MAGIC_BYTES } from './auth-packet.js'
import { QUORUM_PROTOCOL, QUORUM_SERVER_NAME, type SaslPeersOptions } from './options.js'
import { readWhile } from './socket-reader.js'

const LOG_INTERVAL_MS = 1000
const NOTHING = new Uint8Array(0)

/**
 * Has servers that dial this one prove who they are (SaslQuorumAuthServer). Where that is not required, one that does
 * not begin to is let through; one that begins and fails never is.
 */
export class ServerGate {
  private readonly waitingRoom: WaitingRoom
  private readonly refusals: RateLimitedWarning
  private readonly mechanism

  constructor(
    private readonly options: SaslPeersOptions,
    clock: Clock,
    private readonly lastWords: LastWords,
    private readonly logger: Logger,
    random: Random,
    timeoutMs: number,
  ) {
    this.waitingRoom = new WaitingRoom(clock, logger, timeoutMs, 'the SASL authentication')
    this.refusals = new RateLimitedWarning(clock, logger, LOG_INTERVAL_MS)
    const { users } = options
    this.mechanism = digestMd5({ users, random, protocol: QUORUM_PROTOCOL, serverName: QUORUM_SERVER_NAME })
  }

  /** @param first what has been read already. `passed` gets what came behind the authentication. */
  admit(socket: Socket, first: Uint8Array | undefined, passed: (rest: Uint8Array) => void): void {
    this.waitingRoom.enter(socket)
    const reader = new AuthPacketReader()
    const { remoteAddress = '', remotePort = 0, localPort = 0 } = socket
    const exchange = this.mechanism.start({ remoteAddress, remotePort, localPort, secure: false })
    const finish = (outcome: string | undefined) => () => {
      this.waitingRoom.leave(socket)
      if (outcome === undefined) passed(reader.rest)
      else this.refuse(socket, outcome)
    }
    let begun = false
    const next = (chunk: Uint8Array): (() => void) | undefined => {
      reader.push(chunk)
      begun ||= beginsAuthPacket(reader.rest) === true
      if (!begun) {
        if (reader.rest.length < MAGIC_BYTES) return undefined
        const { serverRequire } = this.options
        return finish(serverRequire ? 'it does not authenticate (quorum.auth.serverRequireSasl)' : undefined)
      }
      try {
        return this.answer(socket, reader, exchange, finish)
      } catch (error) {
        return finish(`it sent ${(error as Error).message}`)
      }
    }
    const after = first === undefined || first.length === 0 ? undefined : next(first)
    if (after !== undefined) after()
    else {
      readWhile(socket, next, reason => {
        // One with the smaller id closes as soon as it has said who it is.
        finish(begun || this.options.serverRequire ? `${reason} before it has authenticated` : undefined)()
      })
    }
  }

  close(): void {
    this.waitingRoom.close()
  }

  private answer(
    socket: Socket,
    reader: AuthPacketReader,
    exchange: SaslExchange,
    finish: (outcome: string | undefined) => () => void,
  ): (() => void) | undefined {
    for (;;) {
      const packet = reader.take()
      if (packet === undefined) return undefined
      const step = exchange.step(packet.token)
      if (step === null) {
        socket.write(encodeAuthPacket(AuthStatus.error, NOTHING))
        return finish('it did not prove to be one of the users of this server (user or password is wrong)')
      }
      socket.write(encodeAuthPacket(step.done ? AuthStatus.success : AuthStatus.inProgress, step.token))
      if (step.done !== undefined) {
        this.logger.debug({ user: step.done.id }, `${socket.remoteAddress} has authenticated as ${step.done.id}`)
        return finish(undefined)
      }
    }
  }

  private refuse(socket: Socket, reason: string): void {
    const { remoteAddress: address } = socket
    this.refusals.warn({ address }, `SASL: closed a connection of a server from ${address}: ${reason}`)
    this.lastWords.close(socket)
  }
}
