import { type Logger, type PeerLink, silentLogger } from '@menagerie/core'
import { noAddresses } from '@menagerie/core/contract'
import { encodePacket, PacketType } from '@menagerie/core/zab'
import { systemClock, systemRandom } from '@menagerie/platform-node'
import { NatsPeerTransport, type NatsTransportOptionsInput, natsTransportOptions } from '@menagerie/transport-nats'
import { firstValueFrom } from 'rxjs'

/** Short enough for tests that wait for them. */
const quick = { heartbeatMs: 50, deadAfterMs: 1500, reconnectDelayMs: 20 }

export function transport(input: NatsTransportOptionsInput, logger: Logger = silentLogger): NatsPeerTransport {
  return new NatsPeerTransport(natsTransportOptions.parse({ ...quick, ...input }), systemClock, systemRandom, logger)
}

export async function opened(
  id: number,
  input: NatsTransportOptionsInput,
  logger: Logger = silentLogger,
): Promise<NatsPeerTransport> {
  const made = transport(input, logger)
  await made.open(id, noAddresses)
  return made
}

/** A standing link: the learner's end, then the leader's. */
export async function linked(
  learner: NatsPeerTransport,
  leader: NatsPeerTransport,
  leaderId: number,
): Promise<[PeerLink, PeerLink]> {
  const arriving = firstValueFrom(leader.links$)
  const here = await learner.connect(leaderId)
  return [here, await arriving]
}

/** Tries until it goes, as the kernel does after a failure. */
export async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt()
    } catch {
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  }
}

export function packet(number: number, bytes = 0): Uint8Array {
  return encodePacket(PacketType.PROPOSAL, number, new Uint8Array(bytes))
}

/** How a link ended: undefined for a close in good order. */
export function ending(link: PeerLink, take: (packet: Uint8Array) => void = () => {}): Promise<Error | undefined> {
  return new Promise(resolve => {
    link.packets$.subscribe({ next: take, complete: () => resolve(undefined), error: resolve })
  })
}

/** A logger that keeps what it is told. */
export function recorder(): { logger: Logger; said: string[]; until(pattern: RegExp): Promise<string> } {
  const said: string[] = []
  let wake = () => {}
  const note = (fields: object, message: string) => {
    said.push(`${message} ${JSON.stringify(fields)}`)
    wake()
  }
  return {
    said,
    logger: { debug: note, info: note, warn: note, error: note },
    async until(pattern) {
      for (;;) {
        const found = said.find(line => pattern.test(line))
        if (found !== undefined) return found
        await new Promise<void>(resolve => {
          wake = resolve
        })
      }
    },
  }
}
