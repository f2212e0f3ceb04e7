import type { Observable } from 'rxjs'
import type { ClientListener, ListenAddress } from '../seams/client-listener.js'
import type { Logger } from '../seams/logger.js'
import type { ServerId } from '../seams/peer-transport.js'
import type { QuorumVerifier } from '../zab/quorum/index.js'

export interface ClientAddressParts {
  readonly self: ServerId
  readonly membership$: Observable<QuorumVerifier>
  readonly listener: ClientListener
  /** Where clients are accepted; what moves is replaced in place. */
  readonly addresses: ListenAddress[]
  readonly logger: Logger
}

/**
 * Takes clients where the ensemble's configuration says that this server does (QuorumPeer.processReconfig): a
 * reconfiguration that names another place for it moves the listener, and clients that are connected stay. Ends with
 * the memberships.
 */
export class ClientAddress {
  private moves: Promise<void> = Promise.resolve()
  private wanted: string

  constructor(private readonly parts: ClientAddressParts) {
    const [plain] = parts.addresses.filter(({ secure }) => !secure)
    this.wanted = plain === undefined ? '' : keyOf(plain)
    parts.membership$.subscribe(verifier => {
      const client = verifier.servers.get(parts.self)?.client
      if (client === undefined || keyOf(client) === this.wanted) return
      this.wanted = keyOf(client)
      this.moves = this.moves.then(() => this.move(client))
    })
  }

  private async move(client: { readonly host: string; readonly port: number }): Promise<void> {
    const { listener, addresses, logger } = this.parts
    const plain = addresses.filter(({ secure }) => !secure)
    const place = keyOf(client)
    if (listener.move === undefined || plain.length !== 1) {
      logger.warn({ address: place }, `clients are accepted at ${place} only from the next start on`)
      return
    }
    const [from] = plain
    // Every address of the machine, of either family, where that is how it was.
    const host = isAnyHost(client.host) && isAnyHost(from.host) ? from.host : client.host
    try {
      addresses[addresses.indexOf(from)] = await listener.move(from, { host, port: client.port })
      logger.info({ from: keyOf(from), to: place }, `clients are accepted at ${place}, as the new configuration says`)
    } catch (error) {
      const message = `the new configuration has this server take clients at ${place}, which failed`
      logger.error({ address: place, error: String(error) }, message)
    }
  }
}

const isAnyHost = (host: string) => host === '0.0.0.0' || host === '::'
const keyOf = ({ host, port }: { readonly host: string; readonly port: number }) =>
  `${isAnyHost(host) ? '0.0.0.0' : host}:${port}`
