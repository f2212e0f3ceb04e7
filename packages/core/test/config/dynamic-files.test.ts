import { dynamicFile, nextDynamicFile, pointToDynamicFile } from '@menagerie/core'
import t from 'tap'

t.test('files are named after the zoo.cfg and the version', async t => {
  t.equal(dynamicFile('/etc/zoo.cfg', 0x1_0000_0000), '/etc/zoo.cfg.dynamic.100000000')
  t.equal(nextDynamicFile('/etc/zoo.cfg'), '/etc/zoo.cfg.dynamic.next')
})

t.test('a zoo.cfg that points to a dynamic file keeps its comments and its other keys', async t => {
  const text = [
    '# three servers',
    'dataDir=/data',
    'server.1=a:1:2',
    ' server.2 = b:1:2',
    'server.3=c:\\',
    '  1:2',
    'group.1=1:2:3',
    'weight.1=2',
    'peerType=participant',
    'clientPort=2181',
    'clientPortAddress=127.0.0.1',
    'tickTime=20\\',
    '00',
    '',
  ].join('\r\n')
  const kept = '# three servers\ndataDir=/data\n'
  const end = 'tickTime=20\\\n00\ndynamicConfigFile=/f\n'
  t.equal(pointToDynamicFile(text, '/f', true), `${kept}${end}`)
  t.equal(pointToDynamicFile(text, '/f', false), `${kept}clientPort=2181\nclientPortAddress=127.0.0.1\n${end}`)
  t.equal(pointToDynamicFile(`${kept}${end}`, '/g', true), `${kept}${end.replace('/f', '/g')}`, 'and again')
})

t.test('a value that ends in an escaped backslash does not run on', async t => {
  t.equal(pointToDynamicFile('server.1=a\\\\\ndataDir=/d', '/f', false), 'dataDir=/d\ndynamicConfigFile=/f\n')
})
