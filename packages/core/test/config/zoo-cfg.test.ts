import { readFileSync } from 'node:fs'
import t from 'tap'
import type { EffectiveConfig } from '../../dist/config/effective.js'
import { ConfigError, describeProblem } from '../../dist/config/problem.js'
import { serverSettings } from '../../dist/config/settings.js'
import { readZooCfg } from '../../dist/config/zoo-cfg.js'

/** Reads a zoo.cfg among other files; what is not there does not exist. */
function read(text: string, files: Readonly<Record<string, string>> = {}): EffectiveConfig {
  return readZooCfg('zoo.cfg', text, { read: path => files[path] })
}

const base = 'dataDir=/data\nclientPort=2181\n'

/** The complete text of what is wrong. */
function errors(text: string, files?: Readonly<Record<string, string>>): string[] {
  try {
    read(text, files)
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.message.split('\n')
  }
}

const warnings = (config: EffectiveConfig) => config.warnings.map(describeProblem)
const defaults = serverSettings.parse({})

t.test('zoo.cfg', async t => {
  t.test("Debian's example is taken as it is", async t => {
    const text = readFileSync(new URL('../../test/config/fixtures/debian-zoo.cfg', import.meta.url), 'utf8')
    const config = read(text)
    t.strictSame(config.settings, { ...defaults, tickTimeMs: 2000 })
    t.strictSame(config.storage, { dataDir: '/tmp/zookeeper' })
    t.strictSame(config.clients.listen, [{ host: undefined, port: 2181 }])
    t.strictSame(warnings(config), [])
    t.strictSame(config.origins.get('settings.tickTimeMs'), {
      source: 'file',
      file: 'zoo.cfg',
      line: 2,
      key: 'tickTime',
    })
  })

  t.test('every honoured key reaches its setting', async t => {
    const config = read(`${base}
      dataLogDir=/log
      tickTime=500
      minSessionTimeout=1000
      maxSessionTimeout=60000
      maxClientCnxns=-1
      maxCnxns=7
      nio.sessionlessCnxnTimeout=20000
      globalOutstandingLimit=2000
      jute.maxbuffer=0x400000
      snapCount=50
      snapSizeLimitInKb=-1
      extendedTypesEnabled=TRUE
      emulate353TTLNodes=true
      enforceQuota=true
      digest.enabled=false
      closeSessionTxn.enabled=false
      serializeLastProcessedZxid.enabled=false
      reconfigEnabled=true
      readonlymode.enabled=true
      skipACL=yes
      snapshot.trust.empty=true
      4lw.commands.whitelist=ruok, stat
      DigestAuthenticationProvider.superDigest=super:abc=
      DigestAuthenticationProvider.digestAlg=SHA-256
      DigestAuthenticationProvider.enabled=false
      superUser=a
      superUser.1=b
      X509AuthenticationProvider.superUser=CN=root
      letAnySaslUserDoX=anyone
      SASLAuthenticationProvider.superPassword=pw
      enforce.auth.enabled=true
      enforce.auth.schemes=sasl, x509
      sessionRequireClientSASLAuth=true
      allowSaslFailedClients=true
      znode.container.checkIntervalMs=1
      znode.container.maxPerMinute=2
      znode.container.maxNeverUsedIntervalMs=3
      autopurge.snapRetainCount=5
      autopurge.purgeInterval=24
      preAllocSize=1024
      forceSync=no
      fsync.warningthresholdms=50
      snapshot.compression.method=gz
      txnLogSizeLimitInKb=4096
      datadir.autocreate=false
      clientPortListenBacklog=100
      clientTcpKeepAlive=true
      clientPortAddress=127.0.0.1
    `)
    t.strictSame(config.settings, {
      ...defaults,
      tickTimeMs: 500,
      minSessionTimeoutMs: 1000,
      maxSessionTimeoutMs: 60_000,
      maxClientCnxns: 0,
      maxCnxns: 7,
      sessionlessCnxnTimeoutMs: 20_000,
      globalOutstandingLimit: 2000,
      juteMaxBuffer: 4 * 1024 * 1024,
      snapCount: 50,
      snapSizeLimitInKb: -1,
      extendedTypesEnabled: true,
      emulate353TTLNodes: true,
      enforceQuota: true,
      digestEnabled: false,
      closeSessionTxnEnabled: false,
      serializeLastProcessedZxidEnabled: false,
      reconfigEnabled: true,
      readOnlyModeEnabled: true,
      skipAcl: true,
      snapshotTrustEmpty: true,
      fourLetterWords: ['ruok', 'stat', 'srvr', 'isro'],
      superDigest: 'super:abc=',
      digestAlgorithm: 'SHA-256',
      digestAuthEnabled: false,
      superUsers: ['a', 'b'],
      x509SuperUser: 'CN=root',
      saslAnyUserId: 'anyone',
      saslSuperPassword: 'pw',
      enforceAuthEnabled: true,
      enforceAuthSchemes: ['sasl', 'x509'],
      sessionRequireClientSaslAuth: true,
      allowSaslFailedClients: true,
      containerCheckIntervalMs: 1,
      containerMaxPerMinute: 2,
      containerMaxNeverUsedIntervalMs: 3,
      autopurgeSnapRetainCount: 5,
      autopurgePurgeIntervalMs: 24 * 3_600_000,
    })
    t.strictSame(config.storage, {
      dataDir: '/data',
      dataLogDir: '/log',
      preAllocSizeKb: 1024,
      forceSync: false,
      fsyncWarningThresholdMs: 50,
      snapshotCompression: 'gz',
      txnLogSizeLimitInKb: 4096,
      autocreate: false,
    })
    t.strictSame(config.clients, {
      backlog: 100,
      keepAlive: true,
      listen: [{ host: '127.0.0.1', port: 2181 }],
    })
  })

  t.test('the class that keeps the watches chooses a dispatcher; another class is an error', async t => {
    const chosen = (name: string) => read(`${base}watchManagerName=${name}\n`).settings.watchDispatcher
    t.equal(read(base).settings.watchDispatcher, 'hash')
    t.equal(chosen('WatchManager'), 'hash')
    t.equal(chosen('WatchManagerOptimized'), 'bits')
    t.equal(chosen('org.apache.zookeeper.server.watch.WatchManagerOptimized'), 'bits')
    t.match(errors(`${base}watchManagerName=org.example.Mine\n`), [/watchManagerName.*WatchManagerOptimized/])
  })

  t.test('names of Java properties work, with a warning', async t => {
    const config = read(`${base}zookeeper.snapCount=50\n`)
    t.equal(config.settings.snapCount, 50)
    t.strictSame(warnings(config), [
      'zoo.cfg:3: zookeeper.snapCount: is honoured, although Apache reads it in a file as snapCount only',
    ])
  })
  t.test('of a key that is given twice the last one counts, with a warning', async t => {
    const config = read(`${base}tickTime=1000\ntickTime=4000\n`)
    t.equal(config.settings.tickTimeMs, 4000)
    t.strictSame(warnings(config), [
      'zoo.cfg:4: tickTime: is given again; this value counts, the one in line 3 does not',
    ])
  })
  t.test('what is too small is raised as with Apache, with a warning', async t => {
    const config = read(`${base}snapCount=1\nautopurge.snapRetainCount=1\n`)
    t.match(config.settings, { snapCount: 2, autopurgeSnapRetainCount: 3 })
    t.strictSame(warnings(config), [
      'zoo.cfg:3: snapCount: found 1, raised to 2, the least there is',
      'zoo.cfg:4: autopurge.snapRetainCount: found 1, raised to 3, the least there is',
    ])
  })
  t.test('all errors are reported together, in the order of the lines', async t => {
    t.strictSame(
      errors(`tickTme=2000
clientPort=218i
dataDir=
forceSync=false
readonlymode.enabled=yes
maxClientCnxns=0x10
jute.maxbuffer=010
a\\u12=1
flubber=1
snapshot.compression.method=zip
tickTime=0
 = 5
syncLimit=99999999999
jute.maxbuffer=0x80000000
`),
      [
        'zoo.cfg:1: tickTme: unknown key; did you mean tickTime?',
        'zoo.cfg:2: clientPort: found "218i", expected a port from 0 to 65535',
        'zoo.cfg:3: dataDir: found nothing, expected a path',
        'zoo.cfg:4: forceSync: found "false", expected yes or no',
        'zoo.cfg:5: readonlymode.enabled: found "yes", expected true or false',
        'zoo.cfg:6: maxClientCnxns: found "0x10", expected a whole number',
        'zoo.cfg:7: jute.maxbuffer: found "010", expected a whole number, at least 1',
        'zoo.cfg:8: \\u is not followed by four hexadecimal digits',
        'zoo.cfg:9: flubber: unknown key; docs/configuration.md lists all',
        'zoo.cfg:10: snapshot.compression.method: found "zip", expected nothing, gz or snappy',
        'zoo.cfg:11: tickTime: found "0", expected a whole number, at least 1',
        'zoo.cfg:12: found a value without a key, expected key=value',
        'zoo.cfg:13: syncLimit: found "99999999999", expected a whole number, at least 1, at most 2147483647',
        'zoo.cfg:14: jute.maxbuffer: found "0x80000000", expected a whole number, at least 1, at most 2147483647',
      ],
    )
  })
  t.test('the data directory and a port are required', async t => {
    t.strictSame(errors(''), [
      'zoo.cfg: dataDir: is not given, expected the directory for the data',
      'zoo.cfg: clientPort: is not given and neither is secureClientPort, expected a port: no client could connect',
    ])
  })
  t.test('an address without its port is an error', async t => {
    t.strictSame(errors('dataDir=/data\nclientPortAddress=127.0.0.1\nsecureClientPortAddress=::1'), [
      'zoo.cfg:2: clientPortAddress: is given without clientPort, expected both or none',
      'zoo.cfg:3: secureClientPortAddress: is given without secureClientPort, expected both or none',
      'zoo.cfg: clientPort: is not given and neither is secureClientPort, expected a port: no client could connect',
    ])
  })
  t.test('session timeouts in the wrong order are an error', async t => {
    t.strictSame(errors(`${base}tickTime=2000\nmaxSessionTimeout=3000`), [
      'zoo.cfg:4: maxSessionTimeout: the least session timeout, 4000 ms, is above the greatest, 3000 ms',
    ])
  })
  t.test('a secret is in no message', async t => {
    for (const value of ['', 'password', ':abc=', 'super:secret word']) {
      t.strictSame(errors(`${base}DigestAuthenticationProvider.superDigest=${value}`), [
        'zoo.cfg:3: DigestAuthenticationProvider.superDigest: found a value that cannot be read, expected name:base64 of the hash of name:password',
      ])
    }
  })
  t.test('what has no meaning here is accepted with a reason', async t => {
    const config = read(`${base}nio.numWorkerThreads=8\nadmin.enableServer=false\n`)
    t.strictSame(config.unused, [
      {
        file: 'zoo.cfg',
        line: 3,
        key: 'nio.numWorkerThreads',
        value: '8',
        because: 'connections are served by Node.js, without selector threads and direct buffers',
      },
    ])
    t.strictSame(warnings(config), [])
  })
  t.test('what is not there is a warning where nothing becomes less safe, an error where it does', async t => {
    const config = read(`${base}connectionMaxTokens=100
metricsProvider.className=com.example.OurMetrics
`)
    t.strictSame(warnings(config), [
      'zoo.cfg:3: connectionMaxTokens: has no effect: connections are not throttled; maxCnxns and maxClientCnxns limit them',
      "zoo.cfg:4: metricsProvider.className: has no effect: there is no such provider; there are Apache's default one, its null one and its Prometheus one",
    ])
    t.strictSame(errors(`${base}audit.enable=true\naudit.impl.class=com.example.OurLogger`), [
      'zoo.cfg:4: audit.impl.class: found com.example.OurLogger, expected org.apache.zookeeper.audit.Slf4jAuditLogger: classes of Java cannot be loaded; a plugin for the seam AuditLog writes an audit log in another way',
    ])
  })
  t.test('four-letter words: * is all, and an unknown one is warned of', async t => {
    t.strictSame(read(`${base}4lw.commands.whitelist=*`).settings.fourLetterWords, ['*'])
    t.strictSame(read(`${base}4lw.commands.whitelist=`).settings.fourLetterWords, ['srvr'])
    t.strictSame(warnings(read(`${base}4lw.commands.whitelist=rouk,srvr`)), [
      'zoo.cfg:3: 4lw.commands.whitelist: "rouk" is not a four-letter word; did you mean ruok?',
    ])
  })
})

t.test('authentication in a zoo.cfg', async t => {
  const jaas = `Server {
  org.apache.zookeeper.server.auth.DigestLoginModule required
  user_super="adminsecret" user_bob="bobsecret";
};`
  const sasl = `${base}java.security.auth.login.config=/jaas.conf\n`

  t.test('SASL users come from the JAAS file', async t => {
    const config = read(sasl, { '/jaas.conf': jaas })
    t.strictSame(config.settings.saslUsers, { super: 'adminsecret', bob: 'bobsecret' })
    t.strictSame(read(`${base}jaas.file=/jaas.conf`, { '/jaas.conf': jaas }).settings.saslUsers, {
      super: 'adminsecret',
      bob: 'bobsecret',
    })
  })
  t.test('sasl.serverconfig names the section', async t => {
    const text = jaas.replace('Server', 'Keeper')
    t.strictSame(Object.keys(read(`${sasl}sasl.serverconfig=Keeper`, { '/jaas.conf': text }).settings.saslUsers), [
      'super',
      'bob',
    ])
    t.strictSame(errors(`${sasl}sasl.serverconfig=Server`, { '/jaas.conf': text }), [
      '/jaas.conf:1: has no section Server (sasl.serverconfig), found Keeper',
    ])
  })
  t.test('a JAAS file without a section for the server leaves SASL out, as with Apache, and says so', async t => {
    for (const [text, found] of [
      ['', 'no section at all'],
      [jaas.replace('Server', 'Client'), 'Client'],
    ]) {
      const config = read(sasl, { '/jaas.conf': text })
      t.strictSame(config.settings.saslUsers, {})
      t.strictSame(warnings(config), [
        'zoo.cfg:3: java.security.auth.login.config: ' +
          `/jaas.conf has no section Server (sasl.serverconfig), found ${found}: SASL is not offered to clients`,
      ])
    }
  })
  t.test('a JAAS file may name keys of the configuration and what the process knows', async t => {
    const text = jaas.replace(
      /user_super="[^"]*"/,
      `user_super="\${zookeeper.clientPort}-\${java.security.auth.login.config}-\${SECRET}"`,
    )
    const files = {
      read: () => text,
      property: (name: string) => (name === 'SECRET' ? 'from outside' : undefined),
    }
    const config = readZooCfg('zoo.cfg', `${base}clientPort=2181\njaas.file=/jaas.conf\n`, files)
    t.equal(config.settings.saslUsers?.['super'], '2181-/jaas.conf-from outside')
    t.match(errors(sasl, { '/jaas.conf': text }), [/^\/jaas.conf:\d: option user_super: \$\{SECRET\} stands/])
  })
  t.test('superPassword needs a user super in the JAAS file', async t => {
    const text = `${sasl}SASLAuthenticationProvider.superPassword=other`
    const config = read(text, { '/jaas.conf': jaas })
    t.equal(config.settings.saslSuperPassword, 'other')
    t.strictSame(warnings(config), [])
    t.match(warnings(read(`${base}SASLAuthenticationProvider.superPassword=other`)), [
      /^zoo\.cfg:3: SASLAuthenticationProvider\.superPassword: has no effect, as with Apache/,
    ])
  })
  t.test('fips-mode=true turns DIGEST-MD5 off', async t => {
    const config = read(`${sasl}fips-mode=true`, { '/jaas.conf': jaas })
    t.strictSame(config.settings.saslUsers, {})
    t.equal(config.warnings.length, 1)
  })
  t.test('a wrong JAAS file is reported with file and line', async t => {
    t.strictSame(errors(sasl), ['zoo.cfg:3: java.security.auth.login.config: there is no file "/jaas.conf"'])
    t.strictSame(errors(sasl, { '/jaas.conf': jaas.replace(';', '') }), [
      '/jaas.conf:4: found "}", expected an option, or ;',
    ])
    const kerberos = 'Server {\n com.sun.security.auth.module.Krb5LoginModule required;\n};'
    t.strictSame(errors(sasl, { '/jaas.conf': kerberos }), [
      '/jaas.conf:2: com.sun.security.auth.module.Krb5LoginModule: there is no Kerberos in this version, expected org.apache.zookeeper.server.auth.DigestLoginModule',
    ])
  })
  t.test("Apache's authentication providers are known by class", async t => {
    const provider = (name: string) => `org.apache.zookeeper.server.auth.${name}`
    const config = read(`${base}authProvider.1=${provider('SASLAuthenticationProvider')}
authProvider.x509=${provider('X509AuthenticationProvider')}
authProvider.3=${provider('EnsembleAuthenticationProvider')}
authProvider.4=${provider('DigestAuthenticationProvider')}
ensembleAuthName=blue, green
`)
    t.match(config.settings, { x509AuthEnabled: true, ensembleAuthNames: ['blue', 'green'] })
    t.strictSame(
      config.unused.map(({ key, because }) => [key, because]),
      [
        ['authProvider.1', 'the sasl scheme is there once there are SASL users'],
        ['authProvider.4', 'the digest scheme is there unless DigestAuthenticationProvider.enabled=false'],
      ],
    )
  })
  t.test('other classes are refused', async t => {
    t.strictSame(
      errors(`${base}authProvider.1=com.acme.LdapProvider
authProvider.2=org.apache.zookeeper.server.auth.SaslAuthenticationProvider
authProvider.3=org.apache.zookeeper.server.auth.KeyAuthenticationProvider
authProvider.4=not a class
`),
      [
        'zoo.cfg:3: authProvider.1: found com.acme.LdapProvider, a Java class that cannot be loaded here; write the scheme as a plugin and name it in a YAML file',
        'zoo.cfg:4: authProvider.2: found org.apache.zookeeper.server.auth.SaslAuthenticationProvider, a Java class that cannot be loaded here; did you mean org.apache.zookeeper.server.auth.SASLAuthenticationProvider?',
        "zoo.cfg:5: authProvider.3: is not supported: KeyAuthenticationProvider is an example of Apache's",
        'zoo.cfg:6: authProvider.4: found "not a class", expected the name of a Java class',
      ],
    )
  })
})

t.test('TLS in a zoo.cfg', async t => {
  const secure = 'dataDir=/data\nsecureClientPort=2281\n'

  t.test('reads key and trust store', async t => {
    const config = read(`${secure}ssl.keyStore.location=/tls/server.p12
ssl.keyStore.passwordPath=/tls/password
ssl.trustStore.location=/tls/ca
ssl.trustStore.type=pem
ssl.enabledProtocols=TLSv1.2,TLSv1.3
ssl.ciphersuites=TLS_AES_256_GCM_SHA384
ssl.clientAuth=want
ssl.clientHostnameVerification=true
client.certReload=true
outstandingHandshake.limit=100
`)
    t.strictSame(config.clients, {
      secureListen: [{ host: undefined, port: 2281 }],
      tls: {
        keyStore: { location: '/tls/server.p12', type: 'PKCS12', passwordPath: '/tls/password' },
        trustStore: { location: '/tls/ca', type: 'PEM' },
        clientAuth: 'want',
        protocols: ['TLSv1.2', 'TLSv1.3'],
        cipherSuites: ['TLS_AES_256_GCM_SHA384'],
        clientHostnameVerification: true,
        certReload: true,
        handshakesMax: 100,
      },
    })
    t.equal(config.settings.x509AuthEnabled, true)
  })
  t.test('client.portUnification takes TLS on clientPort', async t => {
    const text = `${base}client.portUnification=true\nssl.clientAuth=none\n`
    t.match(read(`${text}ssl.keyStore.location=a.pem`).clients, { listen: [{ port: 2181 }], portUnification: true })
    t.strictSame(errors(text), [
      'zoo.cfg: ssl.keyStore.location: is not given, expected the file with key and certificate for client.portUnification',
    ])
  })
  t.test("Java's own stores are refused with what to do", async t => {
    t.strictSame(errors(`${secure}ssl.keyStore.location=/tls/server.jks\nssl.trustStore.location=/tls/ca.pem`), [
      "zoo.cfg:3: ssl.keyStore.location: JKS stores are Java's own, expected PEM or PKCS12: convert it with keytool -importkeystore -srckeystore /tls/server.jks -destkeystore /tls/server.p12 -deststoretype PKCS12",
    ])
  })
  t.test('what is missing or cannot be told is reported', async t => {
    t.strictSame(errors(secure), [
      'zoo.cfg: ssl.keyStore.location: is not given, expected the file with key and certificate for secureClientPort',
      'zoo.cfg: ssl.trustStore.location: is not given, expected the file with the certificates of clients, or ssl.clientAuth=none',
    ])
    t.strictSame(errors(`${secure}ssl.keyStore.location=/tls/server.pem\nssl.protocol=SSLv3`), [
      'zoo.cfg:4: ssl.protocol: found "SSLv3", expected TLSv1.2 or TLSv1.3',
      'zoo.cfg: ssl.trustStore.location: is not given, expected the file with the certificates of clients, or ssl.clientAuth=none',
    ])
    t.strictSame(errors(`${secure}ssl.keyStore.location=/tls/server\nssl.clientAuth=none`), [
      'zoo.cfg:3: ssl.keyStore.location: found "/tls/server", expected a name in .pem or .p12, or ssl.keyStore.type',
    ])
    t.strictSame(errors(`${secure}ssl.keyStore.location=a.pem\nssl.trustStore.location=b.p12\nssl.crl=true`), [
      'zoo.cfg:4: ssl.trustStore.location: PKCS12 trust stores are not read, expected PEM: convert it with openssl pkcs12 -in b.p12 -cacerts -nokeys',
      'zoo.cfg:5: ssl.crl: is not supported: revocation lists are not fetched; a YAML file can name them as files (tls.crl)',
    ])
  })
})

t.test('the ensemble in a zoo.cfg', async t => {
  const three = `${base}initLimit=10
syncLimit=5
server.1=a:2888:3888
server.2=b:2888:3888
server.3=c:2888:3888
`
  const myid = { '/data/myid': '2\n' }

  t.test('a list of servers makes an ensemble', async t => {
    const { ensemble, ...config } = read(`${three}leaderServes=no\npeerType=participant\n`, myid)
    t.match(ensemble, { myId: 2, distributed: true, version: '0' })
    t.strictSame([...(ensemble?.servers.keys() ?? [])], [1, 2, 3])
    t.strictSame(Object.fromEntries(ensemble?.options ?? []), {
      initLimit: 10,
      syncLimit: 5,
      leaderServes: false,
      peerType: 'participant',
    })
    t.strictSame(config.warnings, [])
  })
  t.test('servers at one place are warned of: a line was copied, and its id changed', async t => {
    const lines = (second: string) => `${three.replace(/server\.2=.*/, `server.2=${second}`)}`
    t.match(warnings(read(lines('a:2888:3889'), myid)), [
      'zoo.cfg: server.1 and server.2 are both at a:2888, where only one of them can be',
    ])
    t.match(warnings(read(lines('a:3888:2889'), myid)), [/^zoo.cfg: server.1 and server.2 are both at a:3888,/])
    t.strictSame(warnings(read(lines('a:2889:3889'), myid)), [])
  })
  t.test('one server alone is standalone, without limits and myid', async t => {
    const config = read(`${base}server.1=a:2888:3888`)
    t.match(config.ensemble, { distributed: false, myId: undefined })
    t.strictSame(warnings(config), [])
  })
  t.test('an ensemble needs its limits and its id', async t => {
    t.strictSame(errors(`${base}server.1=a:1:2\nserver.2=b:1:2\nserver.3=c:1:2`), [
      'zoo.cfg: initLimit: is not given, expected a number of ticks: an ensemble needs it',
      'zoo.cfg: syncLimit: is not given, expected a number of ticks: an ensemble needs it',
      "zoo.cfg: there is no file /data/myid, expected one with this server's id (1, 2, 3)",
    ])
  })
  t.test('myid has to be one of the servers', async t => {
    t.strictSame(errors(three, { '/data/myid': '7' }), [
      '/data/myid:1: found 7, expected one of the servers in zoo.cfg (1, 2, 3)',
    ])
    t.strictSame(errors(three, { '/data/myid': 'one\n' }), [
      '/data/myid:1: found "one", expected the id of this server (1, 2, 3)',
    ])
    t.strictSame(errors(three, { '/data/myid': '' }), [
      '/data/myid:1: found nothing, expected the id of this server (1, 2, 3)',
    ])
  })
  t.test('a server that a reconfiguration has removed is told how it comes back', async t => {
    const dynamic = `${base}initLimit=10\nsyncLimit=5\ndynamicConfigFile=/zoo.dynamic.100000000\n`
    const files = { '/zoo.dynamic.100000000': 'server.1=a:2888:3888\nserver.2=b:2888:3888\n', '/data/myid': '3' }
    t.strictSame(errors(dynamic, files), [
      '/data/myid:1: found 3, expected one of the servers in /zoo.dynamic.100000000 (1, 2); if a reconfiguration has ' +
        'removed this server, add its line server.3 there, and once it has joined add it by another one',
    ])
  })
  t.test('a myid that cannot be read is named once', async t => {
    const unreadable = (path: string) => {
      throw new Error(`${path} cannot be read: it is a directory`)
    }
    t.throws(() => readZooCfg('zoo.cfg', three, { read: unreadable }), {
      message: 'zoo.cfg: /data/myid cannot be read: it is a directory',
    })
  })
  t.test('wrong servers are reported with their lines', async t => {
    t.strictSame(errors(`${three}server.4=d\nserver.x=e:1:2\ngroup.1=1,2\nweight.1=heavy\n`, myid), [
      'zoo.cfg:8: server.4: found "d", expected host:quorumPort:electionPort[:participant|observer][;[address:]clientPort]',
      'zoo.cfg:9: server.x: found "x" as number, expected a whole number',
      'zoo.cfg:10: group.1: found "1,2", expected ids of servers parted by colons',
      'zoo.cfg:11: weight.1: found "heavy", expected a whole number, at least 0',
    ])
  })
  t.test('the client address may stand in the list', async t => {
    const text = 'dataDir=/data\nserver.2=a:1:2;127.0.0.1:2182'
    t.strictSame(read(text, myid).clients.listen, [{ host: '127.0.0.1', port: 2182 }])
    t.strictSame(errors(`clientPort=2181\n${text}`, myid), [
      'zoo.cfg:3: server.2: found 127.0.0.1:2182 for clients, expected 0.0.0.0:2181 as clientPort says',
    ])
  })
  t.test('the list may be in a file of its own, whose name ends in its version', async t => {
    const dynamic = `${base}initLimit=10\nsyncLimit=5\ndynamicConfigFile=/zoo.dynamic.100000000\n`
    const list = 'server.1=a:1:2;2181\nserver.2=b:1:2;2181\nserver.3=c:1:2;2181\n'
    const config = read(dynamic, { ...myid, '/zoo.dynamic.100000000': list })
    t.match(config.ensemble, { version: '100000000', distributed: true })
    t.strictSame(errors(dynamic, myid), ['zoo.cfg:5: dynamicConfigFile: there is no file "/zoo.dynamic.100000000"'])
    t.strictSame(
      errors(`${dynamic}server.1=a:1:2`, { ...myid, '/zoo.dynamic.100000000': `${list}version=1\ntickTime=1` }),
      [
        'zoo.cfg:6: server.1: expected it in /zoo.dynamic.100000000 only, since dynamicConfigFile is given',
        '/zoo.dynamic.100000000:4: version: does not belong here: the version is in the name of the file',
        '/zoo.dynamic.100000000:5: tickTime: does not belong here: only servers, groups and weights',
      ],
    )
  })
  t.test('a configuration that was on its way when the server stopped is taken up', async t => {
    const dynamic = `${base}initLimit=10\nsyncLimit=5\ndynamicConfigFile=/zoo.dynamic.100000000\n`
    const list = 'server.1=a:1:2;2181\nserver.2=b:1:2;2181\nserver.3=c:1:2;2181'
    const next = `${list}\nserver.4=d:1:2;2181\nversion=100000005`
    const files = { ...myid, '/zoo.dynamic.100000000': list }
    t.match(read(dynamic, { ...files, 'zoo.cfg.dynamic.next': next }).ensemble, { version: '100000000', next })
    t.equal(read(dynamic, files).ensemble?.next, undefined)
    t.strictSame(errors(dynamic, { ...files, 'zoo.cfg.dynamic.next': `${list}\nserver.4` }), [
      'zoo.cfg.dynamic.next: line 4: server.4: found "", expected host:quorumPort:electionPort[:participant|observer][;[address:]clientPort]',
    ])
    t.equal(read(three, { ...myid, 'zoo.cfg.dynamic.next': next }).ensemble?.next, undefined)
  })
  t.test('the list decides over peerType, with a warning', async t => {
    t.strictSame(warnings(read(`${three}peerType=observer`, myid)), [
      'zoo.cfg:8: peerType: found observer, but server.2 is listed as participant, which counts',
    ])
  })
})

t.test('the secret of session passwords comes out of a file of its own', t => {
  const text = `${base}sessionSecretPath=/secret\n`
  t.equal(
    read(text, { '/secret': 'sixteen or more characters\n' }).settings.sessionSecret,
    'sixteen or more characters',
  )
  t.equal(read(base).settings.sessionSecret, undefined)
  t.match(errors(text).join('\n'), 'there is no file "/secret"')
  t.match(errors(text, { '/secret': ' short \n' }).join('\n'), 'holds 5 characters, expected 16 at least')
  t.end()
})
