import { KeeperCode } from '@menagerie/core/jute'
import { formatConfig, type ReconfigChange, reconfigure } from '@menagerie/core/zab'
import t from 'tap'
import { serverLines, verifierOf } from './ensembles.js'

// Every outcome here is what Apache 3.8.0 answered to the same request on a like ensemble.
const ZXID = 0x1_0000_0005
const current = verifierOf(...serverLines([1, 2, 3]), ...serverLines([4], 'observer'), 'version=100000001')

function request(change: Partial<ReconfigChange>): ReconfigChange {
  return { joiningServers: null, leavingServers: null, newMembers: null, curConfigId: -1, ...change }
}

function outcome(change: Partial<ReconfigChange>, standaloneEnabled = false, from = current): string[] | number {
  const result = reconfigure(from, request(change), ZXID, { standaloneEnabled })
  return result.refusal ?? formatConfig(result.verifier).split('\n')
}

const { BadArguments, BadVersion, MarshallingError } = KeeperCode
const kept = ['server.1=host1:2888:3888:participant;0.0.0.0:2181', 'server.2=host2:2888:3888:participant;0.0.0.0:2181']
const third = 'server.3=host3:2888:3888:participant;0.0.0.0:2181'
const fourth = 'server.4=host4:2888:3888:observer;0.0.0.0:2181'
const version = 'version=100000005'

t.test('servers leave, join and are replaced, and the version is the zxid', async t => {
  t.strictSame(outcome({ leavingServers: '3' }), [...kept, fourth, version])
  t.strictSame(outcome({ leavingServers: ' 3 , 99' }), [...kept, fourth, version], 'an unknown id is passed over')
  t.strictSame(outcome({ joiningServers: 'server.5=h:1:2;3, server.6=h:4:5:observer;6' }), [
    ...kept,
    third,
    fourth,
    'server.5=h:1:2:participant;0.0.0.0:3',
    'server.6=h:4:5:observer;0.0.0.0:6',
    version,
  ])
  const observer = 'server.3=host3:2888:3888:observer;0.0.0.0:2181'
  t.strictSame(outcome({ joiningServers: observer }), [...kept, observer, fourth, version], 'a change of role')
  t.strictSame(outcome({ joiningServers: third, leavingServers: '3,4' }), [...kept, third, version], 'leaving first')
  t.strictSame(outcome({ joiningServers: '', leavingServers: '' }), [...kept, third, fourth, version], 'no change')
})

t.test('a whole list replaces the present one, parted by commas or lines', async t => {
  const list = [...kept, third]
  t.strictSame(outcome({ newMembers: list.join(',') }), [...list, version])
  t.strictSame(outcome({ newMembers: list.join('\n') }), [...list, version])
  t.strictSame(outcome({ newMembers: `${list.join('\n')}\nversion=77` }), [...list, version], 'its version is ignored')
  t.strictSame(outcome({ newMembers: `${list.join(',')},group.1=1:2,group.2=3` }), [
    ...list,
    'group.1=1:2',
    'group.2=3',
    'weight.1=1',
    'weight.2=1',
    'weight.3=1',
    version,
  ])
  t.strictSame(outcome({ newMembers: kept.join(), joiningServers: 'x', leavingServers: 'x' }), [...kept, version])
})

t.test('only the version that the client has seen is changed, if it names one', async t => {
  t.equal(outcome({ leavingServers: '3', curConfigId: 5 }), BadVersion)
  t.equal(outcome({ leavingServers: 'x', curConfigId: 5 }), BadVersion, 'before anything else is looked at')
  t.strictSame(outcome({ leavingServers: '3', curConfigId: 0x1_0000_0001 }), [...kept, fourth, version])
})

t.test('servers that make no sense are refused as wrong arguments', async t => {
  const wrong = [
    'garbage',
    'server.5',
    'server.5=nonsense',
    'server.5=h:1:1;3',
    'server.5=h:1:2',
    'server.5=h:1:2:boss;3',
    'server.5=h:1:2;x',
    'server.5=h:1:2;3=x',
    'server.5=h:1:2|h:4:5;3',
  ]
  for (const joiningServers of wrong) t.equal(outcome({ joiningServers }), BadArguments, joiningServers)
  for (const newMembers of ['garbage', `${kept.join()},foo=1`, `${kept.join()},group.1=1`]) {
    t.equal(outcome({ newMembers }), BadArguments, newMembers)
  }
  t.equal(outcome({ newMembers: [...kept, 'group.1=1:2', 'group.2=2'].join() }), BadArguments, 'in two groups')
})

t.test('what is no number where one belongs cannot be read', async t => {
  t.equal(outcome({ leavingServers: 'x' }), MarshallingError)
  t.equal(outcome({ leavingServers: '1 2' }), MarshallingError)
  t.equal(outcome({ joiningServers: 'server.x=h:1:2;3' }), MarshallingError)
  const all = kept.join()
  for (const line of ['server.x=h:1:2;3', 'version=xyz', 'weight.1=q', 'group.1=1:q', 'group.1=1:2:9']) {
    t.equal(outcome({ newMembers: `${all},${line}` }), MarshallingError, line)
  }
})

t.test('an ensemble keeps a voting server, and two where one alone would be standalone', async t => {
  t.equal(outcome({ leavingServers: '1,2,3' }), BadArguments)
  t.strictSame(outcome({ leavingServers: '2,3' }), [kept[0], fourth, version])
  t.equal(outcome({ leavingServers: '2,3' }, true), BadArguments)
  t.equal(outcome({ newMembers: kept[0] }, true), BadArguments)
  t.equal(outcome({ newMembers: 'version=5' }, true), BadArguments)
  t.equal(outcome({ newMembers: [kept[0], fourth].join() }, true), MarshallingError)
  t.equal(outcome({ newMembers: fourth }), MarshallingError)
  t.equal(outcome({ newMembers: 'group.1=1' }), MarshallingError)
})

t.test('with groups, only a whole list is taken', async t => {
  const groups = verifierOf(...serverLines([1, 2, 3]), 'group.1=1:2:3')
  t.equal(outcome({ leavingServers: '3' }, false, groups), BadArguments)
  t.strictSame(outcome({ newMembers: kept.join() }, false, groups), [...kept, version])
})

t.test('two servers cannot be at one place, unless every host has that place', async t => {
  const at = (...joining: string[]) => outcome({ joiningServers: joining.join() })
  t.equal(at('server.9=10.9.9.9:1:2;3', 'server.10=10.9.9.9:1:5;4'), BadArguments)
  t.equal(at('server.9=10.9.9.9:1:2;3', 'server.10=10.9.9.9:2:7;6'), BadArguments, 'quorum port and election port')
  t.equal(at('server.9=10.9.9.9:1:2;10.9.9.9:3', 'server.10=10.9.9.9:3:7;6'), BadArguments, 'client port')
  t.equal(at('server.9=[fe80::1]:1:2;3', 'server.10=[fe80:0::1]:1:7;6'), BadArguments, 'one address, written otherwise')
  t.equal(at('server.9=Host1:2888:5;6'), BadArguments, 'with a server that is there')
  for (const host of ['127.0.0.1', 'localhost', '[::1]', '0.0.0.0']) {
    t.ok(Array.isArray(at(`server.9=${host}:1:2;3`, `server.10=${host}:1:2;3`)), host)
  }
})

t.test('a refusal says what was found and what is expected', async t => {
  const reason = (change: Partial<ReconfigChange>) => {
    const result = reconfigure(current, request(change), ZXID, { standaloneEnabled: false })
    return result.refusal === undefined ? '' : result.reason
  }
  t.equal(reason({ curConfigId: 255 }), 'expected version ff, the last is 100000001')
  t.equal(reason({ joiningServers: 'server.5=h:1:2' }), 'server 5 is to join, expected its client port too')
  t.equal(reason({ leavingServers: '1,2,3' }), 'the new configuration has 0 voting servers, at least 1 needed')
  t.match(reason({ joiningServers: 'server.9=host1:2888:5;6' }), 'server 9 is to join at host1:2888, where server 1 is')
})
