import { PACKET_BYTES_MAX } from '@menagerie/core/zab'
import { z } from 'zod'
import { tlsOptions } from '../tls/options.js'
import { saslPeersOptions } from './sasl/options.js'

/** As for clients, but both ends are servers, and each looks at the other's certificate and name. */
const peerTlsOptions = tlsOptions.extend({
  hostnameVerification: z
    .boolean()
    .default(true)
    .describe('Refuse a peer that is dialed and whose certificate names neither its host nor its address'),
  clientHostnameVerification: z
    .boolean()
    .default(true)
    .describe('Refuse a peer that dials and whose certificate does not name its address'),
  allowReverseDnsLookup: z
    .boolean()
    .default(true)
    .describe(
      'Let a certificate name the host that DNS has for the address instead (ssl.quorum.allowReverseDnsLookup)',
    ),
  certReload: z
    .boolean()
    .default(false)
    .describe('Look for changed files every ten seconds and use them from then on (sslQuorumReloadCertFiles)'),
})

/** Options of the way to peers. */
export const tcpPeersOptions = z
  .strictObject({
    listenOnAllIPs: z
      .boolean()
      .default(false)
      .describe("Listen on every address of the machine rather than on this server's own (quorumListenOnAllIPs)"),
    observerPort: z
      .number()
      .int()
      .min(0)
      .max(65_535)
      .default(0)
      .describe('Port for observers at every server that takes them; 0: they go to the leader (observerMasterPort)'),
    bindAttempts: z
      .number()
      .int()
      .min(0)
      .default(3)
      .describe('How often binding a port is tried, a second apart; 0 is for ever (electionPortBindRetry)'),
    keepAlive: z.boolean().default(false).describe('TCP keep-alive between servers (tcpKeepAlive)'),
    connectTimeoutMs: z
      .number()
      .int()
      .min(1)
      .default(5000)
      .describe('How long reaching one address, and saying who one is, may take (cnxTimeout)'),
    multiAddress: z
      .boolean()
      .default(false)
      .describe('Tell peers all election addresses, which needs 3.6 or later everywhere (multiAddress.enabled)'),
    acceptJoiners: z
      .boolean()
      .default(true)
      .describe('Take votes of servers that are not in the ensemble: those that join by reconfiguration start so'),
    packetBytesMax: z
      .number()
      .int()
      .min(1024)
      .default(PACKET_BYTES_MAX)
      .describe('The longest data of a packet (jute.maxbuffer plus jute.maxbuffer.extrasize)'),
    highWaterBytes: z
      .number()
      .int()
      .min(1)
      .default(1 << 20)
      .describe('Unsent bytes of a link above which its sender is asked to wait'),
    lingerMs: z
      .number()
      .int()
      .min(1)
      .default(5000)
      .describe('How long a peer may take to accept the last packets of a link that closes'),
    busyPollMicros: z
      .number()
      .min(0)
      .max(1000)
      .default(120)
      .describe(
        'How long a server looks for the answer to a write that its only busy client waits for before it sleeps, while answers keep coming in that time (microseconds); 0 turns it off',
      ),
    nodeSockets: z
      .boolean()
      .default(false)
      .describe(
        'Use sockets of Node.js for plain links too, instead of the handles below them, which are faster but no documented part of Node.js',
      ),
    sasl: saslPeersOptions.optional().describe('SASL DIGEST-MD5 between servers (quorum.auth.enableSasl)'),
    sslQuorum: z.boolean().default(false).describe('Speak TLS to peers, and take nothing else (sslQuorum)'),
    portUnification: z
      .boolean()
      .default(false)
      .describe('Take TLS and plain connections of peers on the same ports, while changing over (portUnification)'),
    tls: peerTlsOptions.optional().describe('Keys, certificates and rules of TLS between servers (ssl.quorum.*)'),
  })
  .refine(({ tls, sslQuorum, portUnification }) => tls !== undefined || !(sslQuorum || portUnification), {
    path: ['tls'],
    error: 'tls is missing: sslQuorum and portUnification need tls.keyStore',
  })

/** Options with every default filled in. */
export type TcpPeersOptions = z.output<typeof tcpPeersOptions>
/** Options as they may be given. */
export type TcpPeersOptionsInput = z.input<typeof tcpPeersOptions>
/** TLS between servers. */
export type PeerTlsOptions = z.output<typeof peerTlsOptions>
