import { ConfigError, type EffectiveConfig, serverSettings } from '@menagerie/core'
import { tcpPeersOptions } from '@menagerie/transport-tcp'
import t from 'tap'
import { readYaml } from '../dist/config/yaml.js'
import { peerOptions } from '../dist/plugins/peer-options.js'

const read = (text: string): EffectiveConfig => readYaml('my.yaml', text)

function errors(text: string): string[] {
  try {
    read(text)
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.message.split('\n')
  }
}

t.test('yaml', async t => {
  t.test('an empty file is a standalone server on loopback', async t => {
    const config = read('')
    t.strictSame(config.settings, serverSettings.parse({}))
    t.strictSame(config.storage, { dataDir: './data' })
    t.strictSame(config.clients, { listen: [{ host: '127.0.0.1', port: 2181 }] })
    const warning = { file: 'my.yaml', message: 'nothing is set: this is a standalone server with all defaults' }
    t.strictSame(config.warnings, [warning], 'which is hardly what a file is for')
    t.strictSame(read('# a comment\n').warnings, [warning])
    t.strictSame(read('server: {}\n').warnings, [])
  })
  t.test('says in words what is no YAML, with its line', async t => {
    const cases: [text: string, message: string][] = [
      [
        'plugins:\n  - use: @menagerie/storage-file\n',
        '2: a value cannot begin with @: put it in quotes, as "@menagerie/storage-file"',
      ],
      ['plugins: [{ use: @a/b }]\n', '1: a value cannot begin with @: put it in quotes'],
      ['server:\n\tid: 1\n', '2: a tab in the indentation, where YAML takes spaces only: replace it'],
      ['server:\n  id: 1\n  id: 2\n', '3: the key id is here a second time: keep one of them'],
      [
        'server: {}\n---\nserver: {}\n',
        '2: a second document begins here (---), and a configuration is one: remove one of them',
      ],
      [
        'server:\n  id: 1\n   tickTimeMs: 2000\n',
        '2: a key and a value stand where a value is already, here or on the next line: check the indentation',
      ],
      [
        'server:\n  clients: { listen: 127.0.0.1:2181\nplugins: []\n',
        '3: the } is missing that ends what began before this line',
      ],
      ['server:\n  host: "1\n', '3: the " is missing that ends a text begun at or before this line'],
      [
        'server:\n  id: *one\n',
        '2: *one refers to an anchor &one, which is not there before it; put a text that begins with * in quotes',
      ],
      ['server:\n  id:1\n', '1: server: found "id:1", expected a map of settings; a colon needs a space behind it'],
      ['- a\n- b\n', '1: found ["a","b"], expected a map with server, plugins, ensemble, quorum'],
      ['hello\n', '1: found "hello", expected a map with server, plugins, ensemble, quorum'],
    ]
    for (const [text, message] of cases) t.strictSame(errors(text), [`my.yaml:${message}`])
  })
  t.test('settings have the names of the kernel, addresses a short form', async t => {
    const config = read(`
server:
  id: 7
  tickTimeMs: 500
  fourLetterWords: ['*']
  clients:
    listen: ['[::1]:2181', '*:2182', 2183]
    secureListen: 0.0.0.0:2281
    backlog: 5
    tls: { keyStore: { location: a.pem } }
`)
    t.match(config.settings, { serverId: 7, tickTimeMs: 500, fourLetterWords: ['*'], x509AuthEnabled: true })
    t.strictSame(config.clients, {
      listen: [
        { host: '::1', port: 2181 },
        { host: undefined, port: 2182 },
        { host: '127.0.0.1', port: 2183 },
      ],
      secureListen: [{ host: '0.0.0.0', port: 2281 }],
      backlog: 5,
      tls: { keyStore: { location: 'a.pem' } },
    })
    t.match(config.origins.get('settings.tickTimeMs'), { file: 'my.yaml', line: 4 })
    t.match(config.origins.get('clients.tls.keyStore.location'), { line: 10 })
  })
  t.test('plugins keep their options and lines', async t => {
    const { plugins } = read(`plugins:
  - use: "@menagerie/storage-file"
    with:
      dataDir: ./data/1
  - use: ./mine.js
`)
    t.match(plugins, [
      { use: '@menagerie/storage-file', with: { dataDir: './data/1' }, origin: { line: 2 } },
      { use: './mine.js', with: {}, origin: { line: 5 } },
    ])
    t.match(plugins[0]?.locate(['dataDir']), { line: 4, key: 'plugins.0.with.dataDir' })
    t.match(plugins[0]?.locate(['other']), { line: 3 })
  })
  t.test('all errors are reported together, with lines', async t => {
    t.strictSame(
      errors(`serve: {}
server:
  tickTimMs: 5
  tickTimeMs: fast
  maxClientCnxns: -1
  serverId: 3
  flubber: 4
  clients: { listen: localhost }
plugins:
  - with: {}
  - use: a
    wiht: {}
  - use: b
    with: none
`),
      [
        'my.yaml:1: serve: unknown key; did you mean server?',
        'my.yaml:3: server.tickTimMs: unknown key; did you mean tickTimeMs?',
        'my.yaml:4: server.tickTimeMs: found "fast", expected number',
        'my.yaml:5: server.maxClientCnxns: found -1, expected number to be >=0',
        'my.yaml:6: server.serverId: unknown key; it is called id',
        'my.yaml:7: server.flubber: unknown key; docs/configuration.md lists all',
        'my.yaml:8: server.clients.listen: found "localhost", expected an address and a port, as 127.0.0.1:2181',
        'my.yaml:10: plugins.0: expected use: with the name of a package or a path',
        'my.yaml:12: plugins.1.wiht: unknown key; did you mean with?',
        'my.yaml:14: plugins.2.with: found "none", expected a map of options',
      ],
    )
  })
  t.test('broken YAML is reported with its line', async t => {
    t.match(errors('server:\n  a: [1\n  b: 2\n'), [/^my\.yaml:\d: \w/])
    t.equal(errors('server: 1\n id: 2\n  x: [\n').length, 1, 'what follows from an error of syntax is left out')
    t.strictSame(errors('server: {}\nserver: {}\n'), [
      'my.yaml:2: the key server is here a second time: keep one of them',
    ])
    t.match(errors('- a\n'), [/found \["a"\], expected a map with server, plugins, ensemble, quorum/])
  })
  t.test('an ensemble is read and checked', async t => {
    const config = read(`server: { id: 1 }
ensemble:
  1: { host: a, peer: 2888, election: 3888, clients: 127.0.0.1:2181 }
  2: { host: b, peer: 2888, election: 3888 }
  3: { host: c, peer: 2888, election: 3888, role: participant }
`)
    t.match(config.ensemble, { distributed: true, myId: 1 })
    const bare = read('server: { id: 1 }\nensemble: { 1: {}, 2: { host: b }, 3: {} }\n').ensemble
    t.strictSame(
      [1, 2].map(id => bare?.servers.get(id)?.addresses),
      [
        [{ host: '127.0.0.1', quorumPort: 2888, electionPort: 3888 }],
        [{ host: 'b', quorumPort: 2888, electionPort: 3888 }],
      ],
      'a transport that finds servers by their ids needs no more',
    )
    t.strictSame(
      errors(`server: { id: 9 }
ensemble:
  one: { host: a, peer: 1, election: 2 }
  2: { host: b, peer: 2888, election: 2888 }
  3: { host: c, peer: x }
`),
      [
        'my.yaml:1: server.id: found 9, expected one of the ensemble (2)',
        'my.yaml:3: ensemble.one: found "one" as id of a server, expected a number from 0 to 255',
        'my.yaml:4: ensemble.2.election: found 2888, expected another port than peer',
        'my.yaml:5: ensemble.3.peer: found "x", expected number',
      ],
    )
  })
  t.test('the way between servers has names of its own, and comes to what the keys of a zoo.cfg do', async t => {
    const { ensemble, warnings, origins } = read(`server: { id: 1 }
ensemble: { 1: { host: a }, 2: { host: b }, 3: { host: c, role: observer } }
quorum:
  observerPort: 2191
  observerBytesMax: 1000
  oracle: ./alone
  sasl:
    serverRequire: true
    learnerRequire: true
    users: { zk: secret }
    username: zk
    password: secret
`)
    t.strictSame(Object.fromEntries(ensemble!.options), {
      observerMasterPort: 2191,
      'observerMaster.sizeLimit': 1000,
      oraclePath: './alone',
    })
    const sasl = {
      serverRequire: true,
      learnerRequire: true,
      users: { zk: 'secret' },
      username: 'zk',
      password: 'secret',
    }
    t.strictSame(ensemble!.sasl, sasl)
    t.strictSame(peerOptions(ensemble!), { observerPort: 2191, sasl })
    t.ok(tcpPeersOptions.safeParse(peerOptions(ensemble!)).success)
    t.match(origins.get('ensemble.sasl.username'), { line: 11, key: 'quorum.sasl.username' })
    t.notMatch(JSON.stringify(warnings), /quorum/)
    const bare = read('server: { id: 1 }\nensemble: { 1: {}, 2: { host: b }, 3: {} }\nquorum: {}\n').ensemble!
    t.strictSame([bare.options.size, bare.sasl], [0, undefined], 'what is left out is as with a zoo.cfg')
  })
  t.test('wrong values of the way between servers are reported with their lines, and no password is', async t => {
    t.strictSame(errors('quorum: { oracle: ./alone }\n'), [
      'my.yaml:1: quorum: has no meaning without ensemble, the servers that it is about',
    ])
    const servers = 'server: { id: 1 }\nensemble: { 1: { host: a }, 2: { host: b }, 3: { host: c } }\n'
    t.strictSame(
      errors(`${servers}quorum:
  observerPort: 99999
  observrBytesMax: 1
  oracle: ''
  sasl:
    learnerRequire: 1
    users: { zk: 1234567 }
    password: 7654321
    realm: x
`),
      [
        'my.yaml:4: quorum.observerPort: found 99999, expected number to be <=65535',
        'my.yaml:5: quorum.observrBytesMax: unknown key; did you mean observerBytesMax?',
        'my.yaml:6: quorum.oracle: found "", expected a text that is not empty',
        'my.yaml:8: quorum.sasl.learnerRequire: found 1, expected boolean',
        'my.yaml:9: quorum.sasl.users.zk: found what is no text, expected a password in quotes',
        'my.yaml:10: quorum.sasl.password: found what is no text, expected a password in quotes',
        'my.yaml:11: quorum.sasl.realm: unknown key; there are serverRequire, learnerRequire, users, username, password',
      ],
    )
    t.strictSame(errors(`${servers}quorum:\n  observerPort: 3888\n  sasl: { serverRequire: true }\n`), [
      'my.yaml:4: quorum.observerPort: found 3888, which is the election port of server 1',
      'my.yaml:4: quorum.observerPort: found 3888, which is the election port of server 2',
      'my.yaml:4: quorum.observerPort: found 3888, which is the election port of server 3',
      'my.yaml:5: quorum.sasl.serverRequire: needs learnerRequire: true as well: this server would be refused by the others',
    ])
    t.strictSame(errors(`${servers}quorum:\n  sasl: { learnerRequire: true, username: zk }\n`), [
      'my.yaml:4: quorum.sasl.username: found "zk": username or password is missing: learnerRequire needs both',
    ])
    t.notMatch(
      errors('server:\n  saslUsers: zk:hush\n  superDigest: [hush]\n  sessionSecret: { a: hush }\n').join(),
      /hush/,
    )
    t.strictSame(errors(`${servers}quorum:\n  sasl: zk:hush\n`), [
      'my.yaml:4: quorum.sasl: found what is no map, expected a map with serverRequire, learnerRequire, users, username, password',
    ])
    t.strictSame(errors(`${servers}quorum:\n  sasl: { users: [zk:hush] }\n`), [
      'my.yaml:4: quorum.sasl.users: found what is no map, expected a map of user names to passwords',
    ])
    t.strictSame(errors(`${servers}quorum: on\n`), [
      'my.yaml:3: quorum: found "on", expected a map with observerPort, observerBytesMax, oracle, sasl',
    ])
    t.match(read(`${servers}quorum: { oracle: ./alone }\n`).warnings, [
      { line: 3, key: 'quorum.oracle', message: 'has no effect with 3 voting servers: it decides for one of two' },
    ])
  })
})
