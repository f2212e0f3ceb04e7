import type { Random } from '@menagerie/core'
import { checkOptions } from './check-options.js'
import { Client } from './client.js'
import { parseConnectString } from './connect-string.js'
import { nodeDialer } from './node-dialer.js'
import type { ClientOptions } from './options.js'
import { NO_PASSWORD, Session } from './session.js'
import { systemClock } from './system-clock.js'
import { systemRandom } from './system-random.js'

const TCP = nodeDialer()

/**
 * Connects to the first server of the list that answers, and resolves when the session stands and the
 * credentials are accepted.
 * @throws ConnectionLossError no server answered; the message names the last one and why
 * @throws SessionExpiredError `session` was given, and the server no longer knows it
 * @throws AuthFailedError the server refused a credential or the SASL login, or offers no SASL
 * @throws MenagerieError with code CONFIG_INVALID: the connect string cannot be read, or an option cannot be
 */
export async function connect(
  target: string | ClientOptions,
  more: Omit<ClientOptions, 'servers'> = {},
): Promise<Client> {
  const options: ClientOptions = typeof target === 'string' ? { ...more, servers: target } : { ...target, ...more }
  const { servers, chroot } = parseConnectString(options.servers)
  checkOptions(options)
  const { reconnect = {}, random = systemRandom } = options
  const session = new Session({
    servers: options.shuffleServers === false ? servers : shuffled(servers, random),
    chroot,
    timeoutMs: options.sessionTimeoutMs ?? 30_000,
    readOnly: options.readOnly ?? false,
    auth: [...(options.auth ?? [])],
    sasl: options.sasl,
    random,
    id: options.session?.id ?? 0n,
    password: options.session?.password ?? NO_PASSWORD,
    lastZxidSeen: options.lastZxidSeen ?? 0,
    connectTimeoutMs: options.connectTimeoutMs ?? shareOf(options.sessionTimeoutMs ?? 30_000, servers.length),
    requestTimeoutMs: options.requestTimeoutMs,
    reconnect:
      reconnect === false
        ? undefined
        : { initialDelayMs: reconnect.initialDelayMs ?? 50, maxDelayMs: reconnect.maxDelayMs ?? 5000 },
    frameBytesMax: options.frameBytesMax ?? 64 * 1024 * 1024,
    dialer: options.dialer ?? (options.tls === undefined ? TCP : nodeDialer(options.tls)),
    clock: options.clock ?? systemClock,
    renew: options.renewSession ?? false,
  })
  await session.start(options.signal)
  return new Client(session, chroot, random)
}

/** What one server may take of the session timeout, so that a round is over before the session is. */
function shareOf(sessionTimeoutMs: number, servers: number): number {
  return Math.max(1000, Math.min(10_000, Math.floor(sessionTimeoutMs / servers)))
}

function shuffled<T>(values: readonly T[], random: Random): T[] {
  const left = [...values]
  return values.map(() => left.splice(random.below(left.length), 1)[0])
}
