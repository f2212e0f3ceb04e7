import type { Socket } from 'node:net'
import type { Clock, Random } from '@menagerie/core'
import { DigestMd5Client } from '@menagerie/core/sasl'
import { AuthPacketReader, AuthStatus, encodeAuthPacket } from './auth-packet.js'
import { QUORUM_PROTOCOL, QUORUM_SERVER_NAME, type SaslPeersOptions } from './options.js'
import { readWhile } from './socket-reader.js'

/**
 * Proves to a server that was dialed who this one is, and has it prove that it knows the password too
 * (SaslQuorumAuthLearner). Nothing is done where learnerRequire is off.
 */
export class LearnerLogin {
  constructor(
    private readonly options: SaslPeersOptions,
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly timeoutMs: number,
  ) {}

  /** Resolves when the socket may be used. @throws Error, with the socket destroyed */
  async login(socket: Socket, signal: AbortSignal): Promise<void> {
    const { learnerRequire, username = '', password = '' } = this.options
    if (!learnerRequire) return
    const { random } = this
    const client = new DigestMd5Client({
      ...{ username, password, random },
      protocol: QUORUM_PROTOCOL,
      serverName: QUORUM_SERVER_NAME,
    })
    const abandon = () => socket.destroy()
    signal.addEventListener('abort', abandon)
    try {
      await this.exchange(socket, client)
    } catch (error) {
      socket.destroy()
      throw new Error(`SASL: ${(error as Error).message}`, { cause: error })
    } finally {
      signal.removeEventListener('abort', abandon)
    }
  }

  private exchange(socket: Socket, client: DigestMd5Client): Promise<void> {
    return new Promise((resolve, reject) => {
      const reader = new AuthPacketReader()
      const fail = (reason: string) => () => {
        cancel()
        reject(new Error(reason))
      }
      const succeed = () => {
        cancel()
        if (reader.rest.length > 0) socket.unshift(reader.rest)
        resolve()
      }
      const cancel = this.clock.schedule(this.timeoutMs, () => socket.destroy())
      const { username } = this.options
      const next = (chunk: Uint8Array): (() => void) | undefined => {
        try {
          reader.push(chunk)
          const packet = reader.take()
          if (packet === undefined) return undefined
          if (packet.status === AuthStatus.error) return fail(`the server refuses user ${username}`)
          const step = client.step(packet.token)
          if (step.type === 'failed') return fail(step.reason)
          if (step.type === 'proved') return succeed
          socket.write(encodeAuthPacket(AuthStatus.inProgress, step.token))
          return undefined
        } catch (error) {
          return fail((error as Error).message)
        }
      }
      readWhile(socket, next, reason => fail(`${reason} before it was over; user ${username} may be refused`)())
      socket.write(encodeAuthPacket(AuthStatus.inProgress, client.begin()))
    })
  }
}
