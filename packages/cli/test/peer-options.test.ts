import type { EnsembleConfig } from '@menagerie/core'
import { tcpPeersOptions } from '@menagerie/transport-tcp'
import t from 'tap'
import { peerOptions } from '../dist/plugins/peer-options.js'

const ensemble = (options: Record<string, unknown>) =>
  ({ options: new Map(Object.entries(options)) }) as unknown as EnsembleConfig

t.test('peerOptions', async t => {
  t.test('leaves to the transport what a zoo.cfg leaves out', async t => {
    t.strictSame(peerOptions(ensemble({ initLimit: 10 })), {})
  })

  t.test('gives the keys of a zoo.cfg under the names of the transport', async t => {
    const options = peerOptions(
      ensemble({
        cnxTimeout: 2000,
        sslQuorum: true,
        sslQuorumReloadCertFiles: true,
        'ssl.quorum.keyStore.location': '/k.pem',
        'ssl.quorum.keyStore.password': 'secret',
        'ssl.quorum.trustStore.location': '/t.pem',
        'ssl.quorum.hostnameVerification': false,
        'ssl.quorum.protocol': 'TLSv1.2',
      }),
    )
    t.strictSame(options, {
      connectTimeoutMs: 2000,
      sslQuorum: true,
      tls: {
        certReload: true,
        hostnameVerification: false,
        keyStore: { location: '/k.pem', password: 'secret' },
        trustStore: { location: '/t.pem' },
        protocols: ['TLSv1.2'],
      },
    })
    t.equal(tcpPeersOptions.safeParse(options).success, true)
  })

  t.test('has the transport say that a key store is missing', async t => {
    const options = peerOptions(ensemble({ sslQuorum: true, 'ssl.quorum.trustStore.location': '/t.pem' }))
    t.match(tcpPeersOptions.safeParse(options).error?.issues[0], { message: /need tls\.keyStore/ })
  })

  t.test('keeps keys of TLS back where the servers speak plainly', async t => {
    t.strictSame(peerOptions(ensemble({ 'ssl.quorum.keyStore.location': '/k.pem' })), {})
  })
})
