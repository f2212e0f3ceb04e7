import { quorumVerifier, sameMembers } from '@menagerie/core/zab'
import t from 'tap'
import { majorityOf, serverLines, verifierOf } from './ensembles.js'

const set = (...ids: number[]) => new Set(ids)

t.test('a majority of the voters is a quorum', async t => {
  const verifier = majorityOf([1, 2, 3, 4], [9])
  t.equal(verifier.kind, 'majority')
  t.notOk(verifier.containsQuorum(set()))
  t.notOk(verifier.containsQuorum(set(1, 2)), 'a half is none')
  t.ok(verifier.containsQuorum(set(1, 2, 4)))
  t.notOk(verifier.containsQuorum(set(1, 2, 9, 77)), 'neither observers nor strangers count')
  t.strictSame([verifier.weightOf(1), verifier.weightOf(9), verifier.weightOf(77)], [1, 0, 0])
  t.strictSame([[...verifier.voters], [...verifier.observers]], [[1, 2, 3, 4], [9]])
  t.ok(majorityOf([5]).containsQuorum(set(5)), 'one voter decides alone')
})

t.test('with groups, more than half of the weight in more than half of the groups is a quorum', async t => {
  const groups = ['group.1=1:2:3', 'group.2=4:5:6', 'group.3=7:8:9']
  const verifier = verifierOf(...serverLines([1, 2, 3, 4, 5, 6, 7, 8, 9]), ...groups)
  t.equal(verifier.kind, 'hierarchical')
  t.ok(verifier.containsQuorum(set(1, 2, 4, 5)))
  t.notOk(verifier.containsQuorum(set(1, 2, 3, 4)), 'one group is not enough')
  t.notOk(verifier.containsQuorum(set(1, 4, 7)), 'a third of each is none')
  t.notOk(verifier.containsQuorum(set()))
})

t.test('weights count within their group, and exactly half of a weight is not enough', async t => {
  const lines = [...serverLines([1, 2, 3]), 'group.1=1:2:3', 'weight.1=2']
  const verifier = verifierOf(...lines)
  t.strictSame(
    [...verifier.weights],
    [
      [1, 2],
      [2, 1],
      [3, 1],
    ],
  )
  t.notOk(verifier.containsQuorum(set(1)), '2 of 4')
  t.notOk(verifier.containsQuorum(set(2, 3)), '2 of 4')
  t.ok(verifier.containsQuorum(set(1, 3)))
})

t.test('a server of weight 0 gives nothing, and a group of such servers is not counted', async t => {
  const verifier = verifierOf(...serverLines([1, 2, 3, 4]), 'group.1=1:2', 'group.2=3:4', 'weight.3=0', 'weight.4=0')
  t.ok(verifier.containsQuorum(set(1, 2)))
  t.notOk(verifier.containsQuorum(set(1, 3, 4)))
  t.equal(verifier.weightOf(3), 0)
})

t.test('the version is read as hexadecimal text or taken as a number', async t => {
  const { servers } = majorityOf([1])
  t.equal(quorumVerifier({ servers, version: '10000000a' }).version, 0x1_0000_000a)
  t.equal(quorumVerifier({ servers, version: 7 }).version, 7)
})

t.test('members are the same whatever the order of the lines and whatever the version', async t => {
  const one = verifierOf('server.1=a:1:2;3', 'server.2=b:1:2', 'group.1=1:2', 'version=1')
  t.ok(sameMembers(one, verifierOf('group.1=2:1', 'weight.1=1', 'server.2=b:1:2', 'server.1=a:1:2;0.0.0.0:3')))
  t.notOk(sameMembers(one, verifierOf('server.1=a:1:2;4', 'server.2=b:1:2', 'group.1=1:2')), 'a client port')
  t.notOk(sameMembers(one, verifierOf('server.1=a:1:2;3', 'server.2=b:1:2:observer', 'group.1=1')), 'a role')
  t.notOk(sameMembers(one, verifierOf('server.1=a:1:2;3', 'server.2=b:1:2')), 'the kind')
  t.notOk(sameMembers(one, verifierOf('server.1=a:1:2;3', 'server.2=b:1:2', 'group.1=1:2', 'weight.2=5')), 'a weight')
  t.notOk(sameMembers(one, verifierOf('server.1=a:1:2;3', 'server.3=b:1:2', 'group.1=1:3')), 'an id')
})
