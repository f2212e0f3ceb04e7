import { bool, fraction, int, nonEmpty, oneOf, path, propertyInt, words, yesNo } from '../value-kinds.js'
import { accepted, combined, honoured, type KeyGroup, missing, refused } from './key.js'

const noThreads = accepted('one thread serves all connections and requests')
const noThrottle = 'requests are not throttled by this key; globalOutstandingLimit and back-pressure are'
const noConnectionThrottle = 'connections are not throttled; maxCnxns and maxClientCnxns limit them'
const throttleDetail = accepted('part of a throttle that is not there')

export const sessions: KeyGroup = {
  title: 'Time and sessions',
  keys: [
    combined('settings.sessionSecret')(
      'sessionSecretPath',
      path,
      '',
      "file with the key of the session passwords, the same for every server; not one of Apache's keys",
    ),
    honoured('settings.tickTimeMs')('tickTime', int({ min: 1 }), '3000', 'length of a tick', { unit: 'ms' }),
    honoured('settings.minSessionTimeoutMs')(
      'minSessionTimeout',
      int({ min: -1 }),
      '-1',
      'least session timeout granted; -1 is two ticks',
      { unit: 'ms' },
    ),
    honoured('settings.maxSessionTimeoutMs')(
      'maxSessionTimeout',
      int({ min: -1 }),
      '-1',
      'greatest session timeout granted; -1 is twenty ticks',
      { unit: 'ms' },
    ),
    honoured('settings.closeSessionTxnEnabled')(
      'closeSessionTxn.enabled',
      bool,
      'true',
      'list the ephemerals that a closeSession deletes in its transaction',
    ),
    honoured('settings.standaloneEnabled')(
      'standaloneEnabled',
      bool,
      'true',
      'let a single server run without an ensemble',
    ),
    honoured('settings.readOnlyModeEnabled')(
      'readonlymode.enabled',
      bool,
      'false',
      'serve reads while cut off from the quorum',
    ),
  ],
}

export const requests: KeyGroup = {
  title: 'Requests and limits',
  keys: [
    honoured('settings.juteMaxBuffer')(
      'jute.maxbuffer',
      propertyInt({ min: 1 }),
      '0xfffff',
      'longest request of a client',
      { unit: 'bytes' },
    ),
    accepted('what was written to the log within jute.maxbuffer can be read again whatever it grew by')(
      'jute.maxbuffer.extrasize',
      propertyInt({ min: 0 }),
      '0xfffff',
      'what a record in log and snapshot may be longer than jute.maxbuffer',
      { unit: 'bytes' },
    ),
    honoured('settings.globalOutstandingLimit')(
      'globalOutstandingLimit',
      propertyInt({ min: 1 }),
      '1000',
      'requests in progress above which no more are read from clients',
      { unit: 'requests' },
    ),
    honoured('settings.maxClientCnxns', (value: number) => Math.max(value, 0))(
      'maxClientCnxns',
      int(),
      '60',
      'connections from one address; 0 is no limit',
      { unit: 'connections' },
    ),
    honoured('settings.maxCnxns', (value: number) => Math.max(value, 0))(
      'maxCnxns',
      propertyInt(),
      '0',
      'connections in all; 0 is no limit',
      { unit: 'connections' },
    ),
    honoured('settings.enforceQuota')('enforceQuota', bool, 'false', 'refuse writes above a hard quota'),
    honoured('settings.extendedTypesEnabled')('extendedTypesEnabled', bool, 'false', 'allow TTL znodes'),
    honoured('settings.emulate353TTLNodes')(
      'emulate353TTLNodes',
      bool,
      'false',
      'read TTL znodes in the layout of 3.5.3',
    ),
    honoured('settings.containerCheckIntervalMs')(
      'znode.container.checkIntervalMs',
      propertyInt({ min: 1 }),
      '60000',
      'between two looks for containers and TTL znodes to delete',
      { unit: 'ms' },
    ),
    honoured('settings.containerMaxPerMinute')(
      'znode.container.maxPerMinute',
      propertyInt({ min: 1 }),
      '10000',
      'containers and TTL znodes deleted in a minute at most',
      { unit: 'znodes' },
    ),
    honoured('settings.containerMaxNeverUsedIntervalMs')(
      'znode.container.maxNeverUsedIntervalMs',
      propertyInt({ min: 0, max: Number.MAX_SAFE_INTEGER }),
      '0',
      'age at which a container that never had children is deleted; 0 is never',
      { unit: 'ms' },
    ),
    missing(noThrottle, '0')(
      'request_throttle_max_requests',
      propertyInt({ min: 0 }),
      '0',
      'requests in the pipeline above which further ones wait',
      { unit: 'requests', also: ['requestThrottleLimit'] },
    ),
    throttleDetail('request_throttle_stall_time', propertyInt(), '100', 'wait of a throttled request', {
      unit: 'ms',
      also: ['requestThrottleStallTime'],
    }),
    throttleDetail('request_throttle_drop_stale', bool, 'true', 'drop requests of closed connections', {
      also: ['requestThrottleDropStale'],
    }),
    throttleDetail('request_stale_latency_check', bool, 'false', 'drop requests that waited too long', {
      also: ['requestStaleLatencyCheck'],
    }),
    throttleDetail('request_stale_connection_check', bool, 'true', 'drop requests of closed connections', {
      also: ['requestStaleConnectionCheck'],
    }),
    throttleDetail('request_throttler.shutdownTimeout', propertyInt({ min: 0 }), '10000', 'wait at shutdown', {
      unit: 'ms',
    }),
    missing(noThrottle, '0')(
      'throttled_op_wait_time',
      propertyInt({ min: 0 }),
      '0',
      'wait in the throttle after which a request is answered ThrottledOp',
      { unit: 'ms', also: ['throttledOpWaitTime'] },
    ),
    missing('large requests have no budget of their own; jute.maxbuffer and back-pressure limit them', '-1')(
      'largeRequestThreshold',
      propertyInt({ min: -1 }),
      '-1',
      'length above which a request counts as large',
      { unit: 'bytes' },
    ),
    throttleDetail('largeRequestMaxBytes', propertyInt({ min: 1 }), '104857600', 'large requests in progress', {
      unit: 'bytes',
    }),
    missing(noConnectionThrottle, '0')(
      'connection_throttle_tokens',
      propertyInt({ min: 0 }),
      '0',
      'size of the token bucket for new connections; 0 is no throttle',
      { also: ['connectionMaxTokens'] },
    ),
    throttleDetail('connection_throttle_fill_time', propertyInt(), '1', 'between two fillings', {
      unit: 'ms',
      also: ['connectionTokenFillTime'],
    }),
    throttleDetail('connection_throttle_fill_count', propertyInt(), '1', 'tokens of one filling', {
      also: ['connectionTokenFillCount'],
    }),
    throttleDetail('connection_throttle_freeze_time', propertyInt(), '-1', 'between changes of the drop rate', {
      unit: 'ms',
      also: ['connectionFreezeTime'],
    }),
    throttleDetail('connection_throttle_drop_increase', fraction, '0.02', 'step up of the drop rate', {
      also: ['connectionDropIncrease'],
    }),
    throttleDetail('connection_throttle_drop_decrease', fraction, '0.002', 'step down of the drop rate', {
      also: ['connectionDropDecrease'],
    }),
    throttleDetail('connection_throttle_decrease_ratio', fraction, '0', 'when the drop rate goes down', {
      also: ['connectionDecreaseRatio'],
    }),
    throttleDetail('connection_throttle_weight_enabled', bool, 'false', 'weigh kinds of sessions'),
    throttleDetail('connection_throttle_global_session_weight', propertyInt({ min: 1 }), '3', 'of a new session'),
    throttleDetail('connection_throttle_local_session_weight', propertyInt({ min: 1 }), '1', 'of a local session'),
    throttleDetail('connection_throttle_renew_session_weight', propertyInt({ min: 1 }), '2', 'of a renewed session'),
    accepted('the log takes what has gathered while the last sync ran: no delay is needed')(
      'flushDelay',
      propertyInt({ min: 0 }),
      '0',
      'how long a sync waits for more transactions',
      { unit: 'ms' },
    ),
    accepted('the log takes what has gathered while the last sync ran')(
      'maxWriteQueuePollTime',
      propertyInt(),
      '0',
      'how long a sync waits for the next transaction; a third of flushDelay by default',
      { unit: 'ms' },
    ),
    accepted('a sync takes everything that has gathered')(
      'maxBatchSize',
      propertyInt({ min: 0 }),
      '1000',
      'transactions of one sync at most',
      { unit: 'transactions' },
    ),
    noThreads('commitProcessor.numWorkerThreads', propertyInt({ min: 0 }), '', 'threads that answer reads'),
    noThreads('commitProcessor.maxReadBatchSize', propertyInt({ min: -1 }), '-1', 'reads between two commits'),
    noThreads('commitProcessor.maxCommitBatchSize', propertyInt({ min: 1 }), '1', 'commits between two reads'),
    noThreads('commitProcessor.shutdownTimeout', propertyInt({ min: 0 }), '5000', 'wait for threads', { unit: 'ms' }),
    accepted('replies are built straight from the tree and need no cache')(
      'maxResponseCacheSize',
      propertyInt(),
      '400',
      'getData replies kept serialised',
    ),
    accepted('replies are built straight from the tree and need no cache')(
      'maxGetChildrenResponseCacheSize',
      propertyInt(),
      '400',
      'getChildren replies kept serialised',
    ),
    accepted('buffers are sized by what they hold')(
      'intBufferStartingSizeBytes',
      propertyInt({ min: 32 }),
      '1024',
      'first size of serialisation buffers',
      { unit: 'bytes' },
    ),
    accepted('ACLs are checked by this server before it takes a write, always')(
      'enableEagerACLCheck',
      bool,
      'false',
      'check ACLs on the server that a client is connected to',
    ),
  ],
}

const oneWatchTable = accepted('both watch tables here clean up by themselves, without threads')

export const watches: KeyGroup = {
  title: 'Watches',
  keys: [
    honoured('settings.watchDispatcher', (name: string) => (name.endsWith('Optimized') ? 'bits' : 'hash'))(
      'watchManagerName',
      oneOf(
        'WatchManager',
        'WatchManagerOptimized',
        'org.apache.zookeeper.server.watch.WatchManager',
        'org.apache.zookeeper.server.watch.WatchManagerOptimized',
      ),
      'WatchManager',
      'what keeps the watches: WatchManagerOptimized is for very many watchers of the same paths',
    ),
    oneWatchTable('watcherCleanThreadsNum', propertyInt(), '2', 'threads that clean up'),
    oneWatchTable('watcherCleanThreshold', propertyInt(), '1000', 'dead watchers that start a clean-up'),
    oneWatchTable('watcherCleanIntervalInSeconds', propertyInt(), '600', 'longest wait for a clean-up', { unit: 's' }),
    oneWatchTable('maxInProcessingDeadWatchers', propertyInt(), '-1', 'dead watchers above which closing waits'),
    oneWatchTable('bitHashCacheSize', propertyInt(), '10', 'cache of the bit map table'),
  ],
}

export const operation: KeyGroup = {
  title: 'Operation and monitoring',
  keys: [
    combined('settings.fourLetterWords')(
      '4lw.commands.whitelist',
      words,
      'srvr',
      'four-letter words that are answered, parted by commas; * is all. srvr always is, isro in read-only mode',
    ),
    honoured('settings.digestEnabled')('digest.enabled', bool, 'true', 'compute and log the digest of the tree'),
    honoured('settings.reconfigEnabled')('reconfigEnabled', bool, 'false', 'allow reconfig requests'),
    honoured('admin.enabled')('admin.enableServer', bool, 'true', 'start the AdminServer: commands over HTTP'),
    honoured('admin.host')('admin.serverAddress', nonEmpty, '0.0.0.0', 'its address'),
    honoured('admin.port')('admin.serverPort', propertyInt({ min: 0, max: 65535 }), '8080', 'its port'),
    honoured('admin.idleTimeoutMs')(
      'admin.idleTimeout',
      propertyInt({ min: 1 }),
      '30000',
      'how long its connections may be idle',
      { unit: 'ms' },
    ),
    honoured('admin.commandUrl')('admin.commandURL', nonEmpty, '/commands', 'where its commands are'),
    accepted('it speaks HTTP/1.1')('admin.httpVersion', propertyInt(), '11', 'the HTTP version'),
    honoured('admin.portUnification')(
      'admin.portUnification',
      bool,
      'false',
      'HTTP and HTTPS on one port; key and certificates are those of ssl.quorum.*',
    ),
    honoured('admin.forceHttps')('admin.forceHttps', bool, 'false', 'HTTPS only'),
    honoured('admin.needClientAuth')('admin.needClientAuth', bool, 'false', 'ask for client certificates'),
    honoured('admin.rateLimiterIntervalMs')(
      'admin.rateLimiterIntervalInMS',
      propertyInt({ min: 0 }),
      '300000',
      'between two snapshots asked for, and between two restored',
      { unit: 'ms' },
    ),
    honoured('admin.snapshotEnabled')('admin.snapshot.enabled', bool, 'true', 'offer the snapshot command'),
    honoured('admin.restoreEnabled')('admin.restore.enabled', bool, 'true', 'offer the restore command'),
    combined('prometheus.enabled')(
      'metricsProvider.className',
      nonEmpty,
      'org.apache.zookeeper.metrics.impl.DefaultMetricsProvider',
      'where metrics go: the default one answers the mntr word, the Prometheus one /metrics too',
    ),
    combined('prometheus.host')('metricsProvider.httpHost', nonEmpty, '0.0.0.0', 'address of the Prometheus endpoint'),
    combined('prometheus.port')(
      'metricsProvider.httpPort',
      int({ min: 0, max: 65535 }),
      '7000',
      'port of the Prometheus endpoint',
    ),
    combined('prometheus.processMetrics')(
      'metricsProvider.exportJvmInfo',
      bool,
      'true',
      'metrics of the process too: here those of Node.js',
    ),
    ...(
      [
        ['numWorkerThreads', int(), '1', 'threads of the endpoint'],
        ['maxQueueSize', int(), '1000000', 'observations that may wait'],
        ['workerShutdownTimeoutMs', int(), '1000', 'wait for its threads'],
        ['*', nonEmpty, '', 'whatever else a provider takes'],
      ] as const
    ).map(([name, kind, fallback, about]) =>
      accepted('the endpoint has no threads, and serves plain HTTP')(`metricsProvider.${name}`, kind, fallback, about),
    ),
    honoured('settings.auditEnabled')(
      'audit.enable',
      bool,
      'false',
      "write who has changed what: to the server's log, or to audit.file",
    ),
    combined('monitoring.auditFile')(
      'audit.file',
      path,
      '',
      "file that the audit log is appended to; not one of Apache's keys, whose logging says where",
    ),
    combined('settings.auditEnabled')(
      'audit.impl.class',
      nonEmpty,
      'org.apache.zookeeper.audit.Slf4jAuditLogger',
      'class that writes the audit log; no other one',
    ),
    missing('pauses of the process are not watched', 'false')('jvm.pause.monitor', bool, 'false', 'watch for pauses'),
    ...(
      [
        ['warn-threshold.ms', '10000', 'pause that is a warning'],
        ['info-threshold.ms', '1000', 'pause that is worth a line'],
        ['sleep.time.ms', '500', 'between two looks'],
      ] as const
    ).map(([name, fallback, about]) =>
      accepted('pauses of the process are not watched')(`jvm.pause.${name}`, int({ min: 0 }), fallback, about, {
        unit: 'ms',
      }),
    ),
    missing('packets are not tracked', 'false')('messageTracker.Enabled', bool, 'false', 'keep the last packets'),
    accepted('packets are not tracked')('messageTracker.BufferSize', propertyInt(), '10', 'packets that are kept'),
    missing('requests are not counted by path', 'false')('pathStats.enabled', bool, 'false', 'count requests by path'),
    ...(
      [
        ['slotCapacity', propertyInt(), '60', 'slots kept'],
        ['slotDuration', propertyInt(), '15', 'seconds of a slot'],
        ['maxDepth', propertyInt(), '6', 'depth of paths'],
        ['sampleRate', fraction, '0.1', 'part of requests looked at'],
        ['initialDelay', propertyInt(), '5', 'seconds before the first report'],
        ['delay', propertyInt(), '5', 'seconds between reports'],
        ['topPathMax', propertyInt(), '20', 'paths in a report'],
      ] as const
    ).map(([name, kind, fallback, about]) =>
      accepted('requests are not counted by path')(`pathStats.${name}`, kind, fallback, about),
    ),
    refused('fault injection has no place in a server that keeps data')(
      'controllerPort',
      propertyInt({ min: 1, max: 65535 }),
      '',
      'port of the fault injection service',
    ),
    honoured('settings.skipAcl')('skipACL', yesNo, 'no', 'check no ACLs at all'),
  ],
}
