import t from 'tap'
import { configKeys, findKey } from '../../dist/config/catalogue/index.js'
import { serverSettings } from '../../dist/config/settings.js'

/** Every key of 3.9.5 with its default in the file's own writing; '' for none or for one that the machine decides. */
const apacheKeys: Readonly<Record<string, string>> = {
  dataDir: '',
  dataLogDir: '',
  clientPort: '',
  clientPortAddress: '',
  secureClientPort: '',
  secureClientPortAddress: '',
  observerMasterPort: '0',
  clientPortListenBacklog: '-1',
  tickTime: '3000',
  maxClientCnxns: '60',
  minSessionTimeout: '-1',
  maxSessionTimeout: '-1',
  initLimit: '',
  syncLimit: '',
  connectToLearnerMasterLimit: '0',
  electionAlg: '3',
  quorumListenOnAllIPs: 'false',
  peerType: 'participant',
  syncEnabled: 'true',
  dynamicConfigFile: '',
  'autopurge.snapRetainCount': '3',
  'autopurge.purgeInterval': '0',
  standaloneEnabled: 'true',
  reconfigEnabled: 'false',
  sslQuorum: 'false',
  portUnification: 'false',
  sslQuorumReloadCertFiles: 'false',
  localSessionsEnabled: 'false',
  localSessionsUpgradingEnabled: 'false',
  'quorum.auth.enableSasl': 'false',
  'quorum.auth.serverRequireSasl': 'false',
  'quorum.auth.learnerRequireSasl': 'false',
  'quorum.auth.learner.saslLoginContext': 'QuorumLearner',
  'quorum.auth.server.saslLoginContext': 'QuorumServer',
  'quorum.auth.kerberos.servicePrincipal': 'zkquorum/localhost',
  'quorum.cnxn.threads.size': '20',
  'jvm.pause.monitor': 'false',
  'jvm.pause.warn-threshold.ms': '10000',
  'jvm.pause.info-threshold.ms': '1000',
  'jvm.pause.sleep.time.ms': '500',
  'metricsProvider.className': 'org.apache.zookeeper.metrics.impl.DefaultMetricsProvider',
  'metricsProvider.httpHost': '0.0.0.0',
  'metricsProvider.httpPort': '7000',
  'metricsProvider.exportJvmInfo': 'true',
  'metricsProvider.numWorkerThreads': '1',
  'metricsProvider.maxQueueSize': '1000000',
  'metricsProvider.workerShutdownTimeoutMs': '1000',
  'multiAddress.enabled': 'false',
  'multiAddress.reachabilityCheckEnabled': 'true',
  'multiAddress.reachabilityCheckTimeoutMs': '1000',
  oraclePath: '',
  'server.1': '',
  'group.1': '',
  'weight.1': '1',
  version: '',
  globalOutstandingLimit: '1000',
  preAllocSize: '65536',
  snapCount: '100000',
  snapSizeLimitInKb: '4194304',
  txnLogSizeLimitInKb: '-1',
  commitLogCount: '500',
  snapshotSizeFactor: '0.33',
  maxCnxns: '0',
  'fsync.warningthresholdms': '1000',
  forceSync: 'yes',
  maxResponseCacheSize: '400',
  maxGetChildrenResponseCacheSize: '400',
  extendedTypesEnabled: 'false',
  emulate353TTLNodes: 'false',
  watchManagerName: 'WatchManager',
  watcherCleanThreadsNum: '2',
  watcherCleanThreshold: '1000',
  watcherCleanIntervalInSeconds: '600',
  maxInProcessingDeadWatchers: '-1',
  bitHashCacheSize: '10',
  'fastleader.minNotificationInterval': '200',
  'fastleader.maxNotificationInterval': '60000',
  connection_throttle_tokens: '0',
  connection_throttle_fill_time: '1',
  connection_throttle_fill_count: '1',
  connection_throttle_freeze_time: '-1',
  connection_throttle_drop_increase: '0.02',
  connection_throttle_drop_decrease: '0.002',
  connection_throttle_decrease_ratio: '0',
  connection_throttle_weight_enabled: 'false',
  connection_throttle_global_session_weight: '3',
  connection_throttle_local_session_weight: '1',
  connection_throttle_renew_session_weight: '2',
  serverCnxnFactory: 'NIOServerCnxnFactory',
  'nio.numSelectorThreads': '',
  'nio.numWorkerThreads': '',
  'nio.directBufferBytes': '65536',
  'nio.sessionlessCnxnTimeout': '10000',
  'nio.shutdownTimeout': '5000',
  'commitProcessor.numWorkerThreads': '',
  'commitProcessor.maxReadBatchSize': '-1',
  'commitProcessor.maxCommitBatchSize': '1',
  'commitProcessor.shutdownTimeout': '5000',
  flushDelay: '0',
  maxWriteQueuePollTime: '0',
  maxBatchSize: '1000',
  enforceQuota: 'false',
  request_throttle_max_requests: '0',
  request_throttle_stall_time: '100',
  request_throttle_drop_stale: 'true',
  request_stale_latency_check: 'false',
  request_stale_connection_check: 'true',
  'request_throttler.shutdownTimeout': '10000',
  throttled_op_wait_time: '0',
  largeRequestMaxBytes: '104857600',
  largeRequestThreshold: '-1',
  intBufferStartingSizeBytes: '1024',
  'netty.advancedFlowControl.enabled': 'false',
  'netty.server.outstandingHandshake.limit': '-1',
  'netty.server.earlyDropSecureConnectionHandshakes': 'false',
  enableEagerACLCheck: 'false',
  skipACL: 'no',
  'leader.maxConcurrentSnapSyncs': '10',
  'leader.maxConcurrentDiffSyncs': '100',
  'leader.maxTimeToWaitForEpoch': '-1',
  'leader.ackLoggingFrequency': '1000',
  'leader.closeSocketAsync': 'false',
  'learner.closeSocketAsync': 'false',
  'learner.asyncSending': 'false',
  forceSnapshotSync: 'false',
  forward_learner_requests_to_commit_processor_disabled: 'false',
  'follower.skipLearnerRequestToNextProcessor': 'false',
  leaderConnectDelayDuringRetryMs: '100',
  leaderServes: 'yes',
  cnxTimeout: '5000',
  quorumCnxnTimeoutMs: '-1',
  tcpKeepAlive: 'false',
  clientTcpKeepAlive: 'false',
  electionPortBindRetry: '3',
  'observer.reconnectDelayMs': '0',
  'observer.election.DelayMs': '200',
  'observer.syncEnabled': 'true',
  'observerMaster.sizeLimit': '33554432',
  'digest.enabled': 'true',
  'closeSessionTxn.enabled': 'true',
  'serializeLastProcessedZxid.enabled': 'true',
  'snapshot.compression.method': '',
  'snapshot.trust.empty': 'false',
  'datadir.autocreate': 'true',
  'db.autocreate': 'true',
  'audit.enable': 'false',
  'audit.impl.class': 'org.apache.zookeeper.audit.Slf4jAuditLogger',
  '4lw.commands.whitelist': 'srvr',
  'DigestAuthenticationProvider.enabled': 'true',
  'DigestAuthenticationProvider.superDigest': '',
  'DigestAuthenticationProvider.digestAlg': 'SHA1',
  'IPAuthenticationProvider.usexforwardedfor': 'false',
  'X509AuthenticationProvider.superUser': '',
  superUser: '',
  'superUser.1': '',
  'SASLAuthenticationProvider.superPassword': '',
  letAnySaslUserDoX: '',
  ensembleAuthName: '',
  'authProvider.1': '',
  'authProvider.x509': '',
  'enforce.auth.enabled': 'false',
  'enforce.auth.schemes': '',
  sessionRequireClientSASLAuth: 'false',
  allowSaslFailedClients: 'false',
  'sasl.serverconfig': 'Server',
  'kerberos.removeHostFromPrincipal': 'false',
  'kerberos.removeRealmFromPrincipal': 'false',
  'kerberos.canonicalizeHostNames': 'false',
  'security.auth_to_local': 'DEFAULT',
  requireKerberosConfig: 'false',
  'ssl.authProvider': 'x509',
  'ssl.sslProvider': 'JDK',
  'client.certReload': 'false',
  'client.portUnification': 'false',
  'fips-mode': 'true',
  'admin.enableServer': 'true',
  'admin.serverAddress': '0.0.0.0',
  'admin.serverPort': '8080',
  'admin.idleTimeout': '30000',
  'admin.commandURL': '/commands',
  'admin.httpVersion': '11',
  'admin.portUnification': 'false',
  'admin.forceHttps': 'false',
  'admin.needClientAuth': 'false',
  'admin.rateLimiterIntervalInMS': '300000',
  'admin.snapshot.enabled': 'true',
  'admin.restore.enabled': 'true',
  'jute.maxbuffer': '0xfffff',
  'jute.maxbuffer.extrasize': '0xfffff',
  'messageTracker.Enabled': 'false',
  'messageTracker.BufferSize': '10',
  'pathStats.enabled': 'false',
  'pathStats.slotCapacity': '60',
  'pathStats.slotDuration': '15',
  'pathStats.maxDepth': '6',
  'pathStats.sampleRate': '0.1',
  'pathStats.initialDelay': '5',
  'pathStats.delay': '5',
  'pathStats.topPathMax': '20',
  controllerPort: '',
  'readonlymode.enabled': 'false',
  'znode.container.checkIntervalMs': '60000',
  'znode.container.maxPerMinute': '10000',
  'znode.container.maxNeverUsedIntervalMs': '0',
  'follower.nodelay': 'true',
  'leader.nodelay': 'true',
}

/** Keys that are there once for clients (`ssl.`) and once between servers (`ssl.quorum.`), with both defaults. */
const tlsKeys: Readonly<Record<string, readonly [client: string, quorum: string]>> = {
  'keyStore.location': ['', ''],
  'keyStore.password': ['', ''],
  'keyStore.passwordPath': ['', ''],
  'keyStore.type': ['', ''],
  'trustStore.location': ['', ''],
  'trustStore.password': ['', ''],
  'trustStore.passwordPath': ['', ''],
  'trustStore.type': ['', ''],
  protocol: ['TLSv1.3', 'TLSv1.3'],
  enabledProtocols: ['', ''],
  ciphersuites: ['', ''],
  'context.supplier.class': ['', ''],
  hostnameVerification: ['true', 'true'],
  clientHostnameVerification: ['false', 'true'],
  allowReverseDnsLookup: ['false', 'true'],
  crl: ['false', 'false'],
  ocsp: ['false', 'false'],
  clientAuth: ['need', 'need'],
  handshakeDetectionTimeoutMillis: ['5000', '5000'],
}

const expected = new Map(Object.entries(apacheKeys))
for (const [name, [client, quorum]] of Object.entries(tlsKeys)) {
  expected.set(`ssl.${name}`, client)
  expected.set(`ssl.quorum.${name}`, quorum)
}

t.test('catalogue', async t => {
  t.test('has every key of Apache, with its default', async t => {
    for (const [name, fallback] of expected) t.equal(findKey(name)?.key.default, fallback, name)
  })
  t.test('has every key under its property name too', async t => {
    for (const name of expected.keys()) t.equal(findKey(`zookeeper.${name}`)?.key, findKey(name)?.key, name)
  })
  t.test('has no key twice', async t => {
    const names = configKeys.flatMap(({ key, also = [] }) => [key, ...also])
    t.equal(new Set(names).size, names.length)
  })
  t.test(
    'has nothing but those keys, a file for the audit log, a secret for sessions, JAAS, Kerberos and whatever else a metrics provider takes',
    async t => {
      const known = new Set([...expected.keys()].map(name => findKey(name)?.key.key))
      const others = configKeys.map(({ key }) => key).filter(key => !known.has(key))
      t.strictSame(others.sort(), [
        'audit.file',
        'java.security.auth.login.config',
        'java.security.krb5.conf',
        'metricsProvider.*',
        'sessionSecretPath',
      ])
    },
  )
  t.test('takes its own defaults', async t => {
    for (const { key, kind, default: fallback } of configKeys) {
      if (fallback !== '') t.not(kind.read(fallback), undefined, key)
    }
  })
  t.test('honours a key by a setting that exists, with the same default', async t => {
    const defaults = serverSettings.parse({}) as Record<string, unknown>
    for (const { key, kind, role, default: fallback } of configKeys) {
      if (role.type !== 'honoured' || !role.to.startsWith('settings.')) continue
      const setting = role.to.slice('settings.'.length)
      t.ok(setting in serverSettings.shape, `${key} sets ${setting}`)
      if (fallback === '') continue
      const value = kind.read(fallback)
      t.strictSame(role.convert ? role.convert(value as never) : value, defaults[setting] ?? [], `${key}=${fallback}`)
    }
  })
  t.test('gives a reason for whatever it does not honour', async t => {
    for (const { key, role } of configKeys) if ('because' in role) t.match(role.because, /\w{2}.* \w/, key)
  })
  t.test('finds a family by what stands after its dot', async t => {
    t.match(findKey('superUser.ops.1'), { name: 'superUser.ops.1', suffix: 'ops.1' })
    t.equal(findKey('superUser.'), undefined)
    t.equal(findKey('server'), undefined)
    t.equal(findKey('constructor'), undefined)
  })
})
