import { formatConfig, formatDynamicFile, parseConfig } from '@menagerie/core/zab'
import t from 'tap'
import { verifierOf } from './ensembles.js'

/** What Apache 3.8.0 made of such lists: given, /zookeeper/config, and the dynamic file it wrote. */
const recorded = {
  majority: {
    given: [
      'server.3=127.0.0.1:44725:43209:participant;47559',
      'server.16=127.0.0.1:56467:42255:participant;127.0.0.1:36127',
      'server.20=127.0.0.1:47873:56239:participant;58265',
      'server.17=127.0.0.1:49641:57591:observer;57751',
      'version=100000000',
    ],
    config: [
      'server.16=127.0.0.1:56467:42255:participant;127.0.0.1:36127',
      'server.17=127.0.0.1:49641:57591:observer;0.0.0.0:57751',
      'server.3=127.0.0.1:44725:43209:participant;0.0.0.0:47559',
      'server.20=127.0.0.1:47873:56239:participant;0.0.0.0:58265',
      'version=100000000',
    ],
    file: [
      'server.16=127.0.0.1:56467:42255:participant;127.0.0.1:36127',
      'server.17=127.0.0.1:49641:57591:observer;0.0.0.0:57751',
      'server.20=127.0.0.1:47873:56239:participant;0.0.0.0:58265',
      'server.3=127.0.0.1:44725:43209:participant;0.0.0.0:47559',
    ],
  },
  groups: {
    given: [
      'server.1=127.0.0.1:50569:40977;48691',
      'server.2=localhost:56877:41935;localhost:57659',
      'server.3=[::1]:38017:41407;[::1]:45441',
      'server.4=[0:0::1]:42183:45569:observer;33447',
      'server.5=127.0.0.1:40139:51417;53109',
      'group.2=3:5',
      'group.1=2:1',
      'weight.1=2',
      'weight.3=0',
      'version=100000000',
    ],
    config: [
      'server.1=127.0.0.1:50569:40977:participant;0.0.0.0:48691',
      'server.2=localhost:56877:41935:participant;localhost:57659',
      'server.3=[0:0:0:0:0:0:0:1]:38017:41407:participant;[0:0:0:0:0:0:0:1]:45441',
      'server.4=[0:0:0:0:0:0:0:1]:42183:45569:observer;0.0.0.0:33447',
      'server.5=127.0.0.1:40139:51417:participant;0.0.0.0:53109',
      'group.1=1:2',
      'group.2=3:5',
      'weight.1=2',
      'weight.2=1',
      'weight.3=0',
      'weight.5=1',
      'version=100000000',
    ],
    file: [
      'group.1=1:2',
      'group.2=3:5',
      'server.1=127.0.0.1:50569:40977:participant;0.0.0.0:48691',
      'server.2=localhost:56877:41935:participant;localhost:57659',
      'server.3=[0:0:0:0:0:0:0:1]:38017:41407:participant;[0:0:0:0:0:0:0:1]:45441',
      'server.4=[0:0:0:0:0:0:0:1]:42183:45569:observer;0.0.0.0:33447',
      'server.5=127.0.0.1:40139:51417:participant;0.0.0.0:53109',
      'weight.1=2',
      'weight.2=1',
      'weight.3=0',
      'weight.5=1',
    ],
  },
}

for (const [name, { given, config, file }] of Object.entries(recorded)) {
  t.test(`${name}: the text is Apache's, byte for byte`, async t => {
    const verifier = verifierOf(...given)
    t.equal(formatConfig(verifier), config.join('\n'))
    t.equal(formatDynamicFile(verifier), file.join('\n'))
    t.equal(formatDynamicFile(verifier, true), [...file, 'version=100000000'].sort().join('\n'))
  })

  t.test(`${name}: what was written is read back`, async t => {
    t.equal(formatConfig(verifierOf(...config)), config.join('\n'))
    t.equal(formatConfig(verifierOf(...file, 'version=100000000')), config.join('\n'))
  })
}

t.test('a server that takes no clients has none in its text', async t => {
  const config =
    'server.1=127.0.0.1:43393:42717:participant;0.0.0.0:44431\nserver.7=127.0.0.1:1:2:participant\nversion=0'
  t.equal(formatConfig(verifierOf(config)), config)
})

t.test('several addresses of a server come in the order of their hosts', async t => {
  const verifier = verifierOf('server.1=b:1:2|a:3:4:observer;5', 'server.2=c:1:2')
  t.equal(formatConfig(verifier).split('\n')[0], 'server.1=a:3:4|b:1:2:observer;0.0.0.0:5')
})

t.test('a text that makes no ensemble is refused with a reason', async t => {
  const problemOf = (...lines: string[]) => parseConfig(lines.join('\n')).problem
  const one = 'server.1=a:1:2'
  t.equal(problemOf(''), 'it lists no server')
  t.match(problemOf('server.1=a:1:2:observer'), /at least one voting server/)
  t.match(problemOf('server.1=a:1'), /line 1: server\.1: found "a:1", expected host:quorumPort/)
  t.match(problemOf(one, 'server.x=a:1:2'), /line 2: server\.x: found "x", expected a whole number/)
  t.match(
    problemOf(one, 'clientPort=1'),
    /line 2: clientPort: expected only server\.N, group\.N, weight\.N and version/,
  )
  t.match(problemOf(one, 'version=-1'), /version: found "-1", expected a zxid below 2\^53/)
  t.match(problemOf(one, 'version=ffffffffffffffff'), /expected a zxid below 2\^53/)
  t.match(problemOf(one, 'weight.1=1.5'), /found "1\.5", expected a whole number/)
  t.match(problemOf(one, 'group.1=1:x'), /found "x", expected ids/)
  t.match(problemOf(one, 'weight.1=1'), /server 1 is in no group/)
  t.match(problemOf(one, 'group.1=1:2'), /group\.1 names server 2/)
  t.match(problemOf(one, 'group.1=\\u12'), /line 2/)
})

t.test('one voting server with observers is an ensemble', async t => {
  t.strictSame([...verifierOf('server.1=a:1:2', 'server.2=a:1:2:observer').observers], [2])
})
