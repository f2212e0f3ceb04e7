import { bool, host, int, nonEmpty, port, propertyInt } from '../value-kinds.js'
import { accepted, combined, honoured, type KeyGroup } from './key.js'

const ownEventLoop = accepted('connections are served by Node.js, without selector threads and direct buffers')
const notNetty = accepted('there is no Netty here')

export const clients: KeyGroup = {
  title: 'Client addresses and connections',
  keys: [
    combined('clients.listen')('clientPort', port, '', 'port for clients; 0 takes a free one'),
    combined('clients.listen')(
      'clientPortAddress',
      host,
      '',
      'address for clients; every address of the machine unless given',
    ),
    combined('clients.secureListen')('secureClientPort', port, '', 'port for clients over TLS'),
    combined('clients.secureListen')(
      'secureClientPortAddress',
      host,
      '',
      'address for clients over TLS; every address of the machine unless given',
    ),
    honoured('clients.backlog', (value: number) => (value < 0 ? undefined : value))(
      'clientPortListenBacklog',
      int({ min: -1 }),
      '-1',
      'connections that may wait to be accepted; -1 leaves it to the system',
      { unit: 'connections' },
    ),
    honoured('clients.keepAlive')('clientTcpKeepAlive', bool, 'false', 'TCP keep-alive on client connections'),
    honoured('settings.sessionlessCnxnTimeoutMs')(
      'nio.sessionlessCnxnTimeout',
      propertyInt({ min: 1 }),
      '10000',
      'how long a connection may stay without a session',
      { unit: 'ms' },
    ),
    ownEventLoop('serverCnxnFactory', nonEmpty, 'NIOServerCnxnFactory', 'class that serves connections'),
    ownEventLoop('nio.numSelectorThreads', propertyInt({ min: 1 }), '', 'selector threads'),
    ownEventLoop('nio.numWorkerThreads', propertyInt({ min: 0 }), '', 'threads that read and write'),
    ownEventLoop('nio.directBufferBytes', propertyInt({ min: 0 }), '65536', 'size of direct buffers', {
      unit: 'bytes',
    }),
    ownEventLoop('nio.shutdownTimeout', propertyInt({ min: 0 }), '5000', 'wait for threads at shutdown', {
      unit: 'ms',
    }),
    accepted('every connection is read only as fast as its requests are served')(
      'netty.advancedFlowControl.enabled',
      bool,
      'false',
      'stop reading from a connection whose requests wait',
      { also: ['advancedFlowControlEnabled'] },
    ),
    combined('clients.tls')(
      'netty.server.outstandingHandshake.limit',
      propertyInt(),
      '-1',
      'TLS handshakes in progress at most',
      { also: ['outstandingHandshake.limit'] },
    ),
    notNetty(
      'netty.server.earlyDropSecureConnectionHandshakes',
      bool,
      'false',
      'drop TLS connections while the server is not ready',
    ),
  ],
}
