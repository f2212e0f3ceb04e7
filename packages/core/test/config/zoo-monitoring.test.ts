import { type ConfigError, describeProblem, type EffectiveConfig, readZooCfg } from '@menagerie/core'
import t from 'tap'

const base = 'dataDir=/d\nclientPort=2181\n'
const read = (text: string): EffectiveConfig => readZooCfg('zoo.cfg', base + text, { read: () => undefined })

function errors(text: string): string[] {
  try {
    read(text)
    return []
  } catch (error) {
    return (error as ConfigError).problems.map(describeProblem)
  }
}

t.test('the AdminServer is on, where it is with Apache', async t => {
  const { monitoring, warnings } = read('')
  t.strictSame(monitoring?.admin, { enabled: true, host: '0.0.0.0' })
  t.strictSame(monitoring?.prometheus, {})
  t.strictSame(warnings, [])
  t.strictSame(read('admin.enableServer=false').monitoring?.admin, { enabled: false, host: '0.0.0.0' })
})

t.test('its keys are options of its plugin', async t => {
  const { monitoring } = read(`admin.serverAddress=127.0.0.1
admin.serverPort=9090
admin.commandURL=/zk
admin.idleTimeout=1000
admin.rateLimiterIntervalInMS=0
admin.snapshot.enabled=false
admin.restore.enabled=false
`)
  t.strictSame(monitoring?.admin, {
    enabled: true,
    host: '127.0.0.1',
    port: 9090,
    commandUrl: '/zk',
    idleTimeoutMs: 1000,
    rateLimiterIntervalMs: 0,
    snapshotEnabled: false,
    restoreEnabled: false,
  })
})

t.test('HTTPS takes the keys of the quorum, as with Apache, and says where they are missing', async t => {
  const stores = `ssl.quorum.keyStore.location=/k.pem
ssl.quorum.keyStore.passwordPath=/k.pw
ssl.quorum.trustStore.location=/t.pem
ssl.quorum.enabledProtocols=TLSv1.3
`
  t.match(read(`admin.portUnification=true\n${stores}`).monitoring?.admin, {
    portUnification: true,
    tls: {
      keyStore: { location: '/k.pem', passwordPath: '/k.pw' },
      trustStore: { location: '/t.pem' },
      protocols: ['TLSv1.3'],
    },
  })
  t.strictSame(errors('admin.forceHttps=true'), [
    'zoo.cfg: ssl.quorum.keyStore.location: is not given, expected the file with key and certificate for admin.forceHttps',
  ])
  t.strictSame(errors('admin.forceHttps=true\nadmin.enableServer=false'), [])
})

t.test('the metrics endpoint is on where the Prometheus provider is named', async t => {
  const provider = 'metricsProvider.className=org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider\n'
  t.strictSame(read(provider).monitoring?.prometheus, { enabled: true, host: '0.0.0.0' })
  const own = `${provider}metricsProvider.httpHost=::1\nmetricsProvider.httpPort=7070\nmetricsProvider.exportJvmInfo=false`
  t.strictSame(read(own).monitoring?.prometheus, { enabled: true, host: '::1', port: 7070, processMetrics: false })
  t.strictSame(errors(`${provider}metricsProvider.httpPort=seven`), [
    'zoo.cfg:4: metricsProvider.httpPort: found "seven", expected a whole number from 0 to 65535',
  ])
})

t.test('its keys have no meaning without it, and other providers are known or warned of', async t => {
  const { unused, monitoring, warnings } = read(`metricsProvider.httpPort=7070
metricsProvider.className=org.apache.zookeeper.metrics.impl.NullMetricsProvider`)
  t.match(unused, [{ key: 'metricsProvider.httpPort', value: '7070', because: 'it is for the Prometheus provider' }])
  t.strictSame([monitoring?.prometheus, warnings], [{}, []])
})

t.test('the audit log is on if it is asked for, in a file if one is given', async t => {
  t.equal(read('').settings.auditEnabled, false)
  const { settings, monitoring } = read('audit.enable=true\naudit.file=/var/log/audit.log')
  t.strictSame([settings.auditEnabled, monitoring?.auditFile], [true, '/var/log/audit.log'])
  t.equal(read('audit.file=/var/log/audit.log').monitoring?.auditFile, undefined)
  t.strictSame(errors('audit.enable=true\naudit.impl.class=org.apache.zookeeper.audit.Slf4jAuditLogger'), [])
  t.strictSame(errors('audit.enable=false\naudit.impl.class=x.Y'), [], 'a class that is not used is no error')
})

t.test('the file is shown without its secrets, those that go on in the next line included', async t => {
  const text = `# comment
ssl.keyStore.password=one
ssl.quorum.keyStore.password : two \\
   three
DigestAuthenticationProvider.superDigest super:hash
maxClientCnxns=7`
  t.equal(
    read(text).monitoring?.configurationText,
    `${base}# comment
ssl.keyStore.password=(set, not shown)
ssl.quorum.keyStore.password=(set, not shown)
DigestAuthenticationProvider.superDigest=(set, not shown)
maxClientCnxns=7`,
  )
})
