/** Given the facts of the recorded server, the words answer what it answered, byte for byte. */
import {
  answerWord,
  type EnsembleFacts,
  enabledWords,
  fullVersion,
  type LeaderFacts,
  type MonitorSource,
} from '@menagerie/core'
import t from 'tap'
import { recorded, recordedConnections, recordedSource } from './recorded.js'

const ALL = enabledWords(['*'], false)
const ask = (word: string, source: MonitorSource = recordedSource(), rest?: Uint8Array) =>
  answerWord(word, source, ALL, rest)

t.test('answers equal those recorded from Apache', async t => {
  const stat = recordedSource()
  Object.assign(stat.statistics, { packetsReceived: 17, packetsSent: 18 })
  const cases: Array<[string, string, MonitorSource]> = [
    ['ruok', 'ruok', recordedSource()],
    ['isro', 'isro', recordedSource()],
    ['srvr', 'srvr', recordedSource()],
    ['stat', 'stat', stat],
    ['conf', 'conf', recordedSource()],
    ['dirs', 'dirs', recordedSource()],
    ['cons', 'cons', recordedSource({ connections: () => recordedConnections(56454) })],
    [
      'dump',
      'dump',
      recordedSource({
        connections: () => {
          const [b, a, asking] = recordedConnections(56472)
          return [b!, asking!, a!]
        },
      }),
    ],
    ['wchs', 'wchs', recordedSource()],
    ['wchp', 'wchp', recordedSource()],
    ['hash', 'hash', recordedSource()],
    ['gtmk', 'gtmk', recordedSource()],
    ['crst', 'crst', recordedSource()],
    ['srst', 'srst', recordedSource()],
    ['wchs', 'wchs-empty', recordedSource({ watchSummary: () => ({ connections: 0, paths: 0, watches: 0 }) })],
    ['wchc', 'wchc-empty', recordedSource({ watches: () => [] })],
    ['wchp', 'wchp-empty', recordedSource({ watches: () => [] })],
  ]
  for (const [word, fixture, source] of cases) t.equal(await ask(word, source), recorded(fixture), fixture)
})

t.test('wchc has a block of paths for each session, in any order', async t => {
  const blocks = (text: string) =>
    text
      .split(/^(?=0x)/m)
      .map(block => block.trimEnd().split('\n'))
      .map(([session, ...paths]) => [session, ...paths.sort()])
      .sort()
  const answer = (await ask('wchc')) as string
  t.strictSame(blocks(answer), blocks(recorded('wchc')))
  t.ok(answer.endsWith('\n\n') && recorded('wchc').endsWith('\n\n'), 'an empty line ends both')
})

t.test('envi has the recorded keys in order, and says <NA> for what is not known', async t => {
  const keys = (text: string) => text.split('\n').map(line => line.split('=')[0])
  const host = {
    hostName: 'localhost',
    runtime: 'Node.js v20.19.0',
    runtimeVendor: 'Node.js',
    runtimeHome: '/usr',
    temporaryDir: '/tmp',
    osName: 'Linux',
    osArch: 'x64',
    osVersion: '6.1',
    userName: 'zookeeper',
    userHome: '/home',
    workingDir: '/',
    heapFreeBytes: 2 * 1048576 - 1,
    heapLimitBytes: 1048576,
    heapTotalBytes: 0,
  }
  const known = (await ask('envi', recordedSource({ host: () => host }))) as string
  const unknown = (await ask('envi')) as string
  t.strictSame(keys(known), keys(recorded('envi')))
  t.strictSame(keys(unknown), keys(recorded('envi')))
  t.match(known, '\njava.version=Node.js v20.19.0\n')
  t.match(known, /os\.memory\.free=1MB\nos\.memory\.max=1MB\nos\.memory\.total=0MB\n$/)
  t.match(unknown, '\nhost.name=<NA>\n')
})

t.test('crst sets the statistics of each connection back', async t => {
  const connections = recordedConnections(56618)
  const source = recordedSource({ connections: () => connections })
  await ask('crst', source)
  connections[2]!.statistics.packetsReceived = 1
  t.equal(await ask('cons', source), recorded('cons-after-crst'))
})

t.test('stmk repeats the mask behind it; without one there is no answer', async t => {
  const mask = Uint8Array.from([0, 0, 0, 0, 0, 0, 1, 0xb2])
  t.equal(await ask('stmk', recordedSource(), mask), recorded('stmk'))
  t.equal(await ask('stmk', recordedSource(), Uint8Array.of(255, ...mask).subarray(1)), recorded('stmk'))
  t.equal(await ask('stmk', recordedSource(), mask.fill(255)), '-1')
  t.equal(await ask('stmk', recordedSource(), mask.subarray(1)), '')
  t.equal(await ask('stmk'), '')
})

t.test('a server that does not serve says so, except for words that do not ask it', async t => {
  const source = recordedSource({ isServing: false })
  const line = 'This ZooKeeper instance is not currently serving requests'
  for (const word of ['srvr', 'stat', 'mntr', 'conf', 'cons', 'dump', 'dirs', 'wchs', 'wchc', 'wchp', 'crst', 'srst'])
    t.equal(await ask(word, source), `${line}\n`, word)
  t.equal(await ask('hash', source), line)
  t.equal(await ask('isro', source), 'null')
  t.equal(await ask('ruok', source), 'imok')
  t.equal(await ask('gtmk', source), '306')
  t.match(await ask('envi', source), /^Environment:\n/)
})

t.test('a read-only server is told by isro, srvr and stat', async t => {
  const source = recordedSource({ isReadOnly: true, serverState: 'read-only' })
  t.equal(await ask('isro', source), 'ro')
  t.match(await ask('srvr', source), /^Zookeeper version: .*\nREAD-ONLY mode; serving only read-only clients\nLatency/)
  t.match(await ask('stat', source), /^Zookeeper version: .*\nREAD-ONLY mode; serving only read-only clients\nClients:/)
})

t.test('ids are unsigned, addresses are written as Java does, hours are UTC', async t => {
  const [connection] = recordedConnections(1)
  const at = (remoteAddress: string) => [{ ...connection!, remoteAddress, sessionId: -1n, isWriting: true }]
  const line = (remoteAddress: string) => ask('cons', recordedSource({ connections: () => at(remoteAddress) }))
  t.match(await line('fe80::1:2%eth0'), ' /[fe80:0:0:0:0:0:1:2%eth0]:56392[5](')
  t.match(await line('::'), ' /[0:0:0:0:0:0:0:0]:56392[5](')
  t.match(await line('1:2:3:4:5:6:7:8'), ' /[1:2:3:4:5:6:7:8]:56392[5](')
  t.match(await line('::1'), ' /[0:0:0:0:0:0:0:1]:56392[5](queued=0,recved=5,sent=6,sid=0xffffffffffffffff,lop=GETD,')
  t.match(await line('::ffff:10.0.0.1'), ' /10.0.0.1:56392[5](')
  const early = recordedSource({
    sessions: () => [{ id: 1n, timeoutMs: 10_000, expiresAtMs: Date.UTC(2024, 1, 3, 4, 5, 6) }],
  })
  t.match(await ask('dump', early), '\n1 expire at Sat Feb 03 04:05:06 UTC 2024:\n\t0x1\n')
})

t.test('dump orders its sets by time', async t => {
  const source = recordedSource({
    sessions: () => [
      { id: 3n, timeoutMs: 10_000, expiresAtMs: 2000 },
      { id: 2n, timeoutMs: 10_000, expiresAtMs: 1000 },
      { id: 1n, timeoutMs: 10_000, expiresAtMs: 2000 },
    ],
  })
  t.match(
    await ask('dump', source),
    [
      'Session Sets (2)/(3):',
      '1 expire at Thu Jan 01 00:00:01 UTC 1970:',
      '\t0x2',
      '2 expire at Thu Jan 01 00:00:02 UTC 1970:',
      '\t0x3',
      '\t0x1',
      'ephemeral nodes dump:',
    ].join('\n'),
  )
})

t.test('conf of a member ends in its configuration, without a newline behind it, as Apache sends it', async t => {
  const membership = 'server.1=a:2888:3888:participant\nserver.2=b:2888:3888:participant\nversion=0'
  const ensemble = { initLimit: 5, syncLimit: 2, electionPort: 3888, quorumPort: 2888, isObserver: false, membership }
  const answer = await ask('conf', recordedSource({ ensemble: ensemble as EnsembleFacts }))
  t.match(
    answer,
    `\ninitLimit=5\nsyncLimit=2\nelectionAlg=3\nelectionPort=3888\nquorumPort=2888\npeerType=0\nmembership: \n${membership}`,
  )
  t.ok(answer?.endsWith('version=0'))
})

t.test('dump of a learner tells how long sessions may be silent, by id; of a leader when they expire', async t => {
  const sessions = () => [
    { id: 0xa0000n, timeoutMs: 30_000, expiresAtMs: 2000 },
    { id: 0x9n, timeoutMs: 4_000, expiresAtMs: 1000 },
  ]
  const ensemble = { peerState: 'following - broadcast', quorumSize: 3 } as EnsembleFacts
  t.match(
    await ask('dump', recordedSource({ sessions, ensemble })),
    /^SessionTracker dump:\nGlobal Sessions\(2\):\n0x9\t4000ms\n0xa0000\t30000ms\nephemeral nodes dump:\n/,
  )
  const leader = { ...ensemble, leader: {} as LeaderFacts }
  t.match(
    await ask('dump', recordedSource({ sessions, ensemble: leader })),
    /^SessionTracker dump:\nSession Sets \(2\)\/\(2\):/,
  )
})

t.test('connections that expire in the same second are one set', async t => {
  const [one] = recordedConnections(1)
  const connections = () => [1_000, 1_999].map(expiresAtMs => ({ ...one!, expiresAtMs }))
  t.match(await ask('dump', recordedSource({ connections })), 'Connections Sets (1)/(2):\n2 expire at')
})

t.test('a negative digest is printed as the signed number that Java prints', async t => {
  const source = recordedSource({ digests: () => [{ zxid: 0x100000080, digest: 2n ** 64n - 2n }] })
  t.equal(await ask('hash', source), '100000080: -2\n')
})

t.test('the whitelist decides', async t => {
  const source = recordedSource()
  const none = enabledWords([], false)
  for (const word of ['mntr', 'isro', 'stmk'])
    t.equal(await answerWord(word, source, none), recorded(`${word}-disabled`), word)
  t.match(await answerWord('srvr', source, none), /^Zookeeper version/, 'srvr is always on')
  t.strictSame([...enabledWords([' ruok ', 'nope', '', 'mntr'], false)].sort(), ['mntr', 'ruok', 'srvr'])
  t.strictSame([...enabledWords([], true)].sort(), ['isro', 'srvr'])
  t.equal(enabledWords(['ruok', '*'], false).size, 18)
})

t.test('what is no word has no answer, enabled or not', async t => {
  for (const word of ['', 'RUOK', 'nope', 'ruo', 'ruok\n', 'toString'])
    t.equal(answerWord(word, recordedSource(), new Set([word])), undefined, JSON.stringify(word))
})

t.test('the version is one that clients can read', t => {
  const version = fullVersion('0.1.0', '2026-11-23 14:00 UTC')
  t.equal(version, '3.9.5-menagerie-0.1.0, built on 2026-11-23 14:00 UTC')
  t.equal(/([\d.]*).*/s.exec(version)?.[1], '3.9.5', 'kazoo')
  t.equal(/^(\d+\.\d+\.\d+)/.exec(version)?.[1], '3.9.5', 'three numbers')
  t.end()
})
