import t from 'tap'
import { majorityOf, serverLines, verifierOf } from '../quorum/ensembles.js'
import { Script } from './script.js'

const NOBODY = 'looking nobody at 0 of epoch 0, round'

t.test('looking', async t => {
  t.test('a voter votes for itself and tells the other voters, an observer votes for nobody', async t => {
    t.strictSame(new Script(1).look(5, 1), ['to 2 3: looking 1 at 5 of epoch 1, round 1', 'timer 200'])
    t.strictSame(new Script(4).look(5, 1), ['to 1 2 3: looking nobody, round 1', 'timer 200'])
  })

  t.test('a single voter elects itself at once', async t => {
    const one = new Script(1, { verifier: majorityOf([1]) })
    t.strictSame(one.look(0, 0), ['timer 200', 'no timer', 'elected 1'])
    t.equal(one.election.state, 'leading')
  })

  t.test('an election ends at once when all voters agree', async t => {
    const three = new Script(3)
    three.look(5, 1)
    t.strictSame(three.hear(1, 'looking 3 at 5 of epoch 1, round 1'), ['timer 25'])
    t.strictSame(three.hear(2, 'looking 3 at 5 of epoch 1, round 1'), ['no timer', 'elected 3'])
    t.equal(three.election.state, 'leading')
  })

  t.test('with a quorum only, it ends when the wait is over', async t => {
    const two = new Script(2)
    two.look(5, 1)
    t.strictSame(two.hear(3, 'looking 3 at 5 of epoch 1, round 1'), [
      'to 1 3: looking 3 at 5 of epoch 1, round 1',
      'timer 200',
      'timer 25',
    ])
    t.strictSame(two.timeout(), ['no timer', 'elected 3'])
    t.equal(two.election.state, 'following')
  })

  t.test('who is followed for what it had before it ended leads only if it has that still', async t => {
    const followed = (last: number): string[] => {
      const two = new Script(2)
      two.look(last, 1)
      const effects = [1, 3].flatMap(id => two.hear(id, 'following 2 at 4 of epoch 1, round 1'))
      return effects.filter(effect => effect.startsWith('elected'))
    }
    t.strictSame(followed(4), ['elected 2'])
    t.strictSame(followed(3), [])
    t.strictSame(followed(-1), [], 'least of all where the end of its log was damaged')
  })

  t.test('nobody waits for the vote of a leader that was just lost', async t => {
    const two = new Script(2)
    two.look(5, 1, 3)
    t.strictSame(two.hear(1, 'looking 2 at 5 of epoch 1, round 1'), ['no timer', 'elected 2'])
  })

  t.test('unless it comes', async t => {
    const two = new Script(2)
    two.look(5, 1, 3)
    two.hear(3, 'looking 3 at 4 of epoch 1, round 1')
    t.strictSame(two.hear(1, 'looking 2 at 5 of epoch 1, round 1'), ['timer 25'])
  })

  t.test('a better vote within the wait is taken', async t => {
    const two = new Script(2)
    two.look(5, 1)
    two.hear(1, 'looking 2 at 5 of epoch 1, round 1')
    t.strictSame(two.hear(3, 'looking 3 at 6 of epoch 1, round 1'), [
      'to 1 3: looking 3 at 6 of epoch 1, round 1',
      'timer 200',
      'timer 25',
    ])
    t.strictSame(two.hear(1, 'looking 3 at 6 of epoch 1, round 1'), ['no timer', 'elected 3'])
  })

  t.test('a quorum that is lost within the wait is waited for again', async t => {
    const two = new Script(2, { verifier: majorityOf([1, 2, 3, 4, 5]) })
    two.look(5, 1)
    two.hear(1, 'looking 2 at 5 of epoch 1, round 1')
    t.strictSame(two.hear(3, 'looking 2 at 5 of epoch 1, round 1'), ['timer 25'])
    t.strictSame(two.hear(3, 'looking 3 at 4 of epoch 1, round 1'), [
      'to 3: looking 2 at 5 of epoch 1, round 1',
      'timer 200',
    ])
  })

  t.test('the vote is sent again at growing intervals, from the shortest after each change', async t => {
    const one = new Script(1, { minNotificationIntervalMs: 100, maxNotificationIntervalMs: 350 })
    const again = 'to 2 3: looking 1 at 5 of epoch 1, round 1'
    t.strictSame(one.look(5, 1), [again, 'timer 100'])
    t.strictSame(one.timeout(), [again, 'timer 200'])
    t.strictSame(one.timeout(), [again, 'timer 350'])
    t.strictSame(one.timeout(), [again, 'timer 350'])
    const change = one.hear(3, 'looking 2 at 9 of epoch 1, round 1')
    t.strictSame(change.slice(0, 2), ['to 2 3: looking 2 at 9 of epoch 1, round 1', 'timer 100'])
  })

  t.test('messages of its own, and before it looks for the first time, are not heard', async t => {
    const one = new Script(1)
    t.strictSame(one.hear(2, 'looking 2 at 9 of epoch 9, round 9'), [])
    t.strictSame(one.timeout(), [])
    one.look(5, 1)
    t.strictSame(one.hear(1, 'looking 2 at 9 of epoch 9, round 9'), [])
  })
})

t.test('the order of votes', async t => {
  t.test('is epoch, then zxid, then id', async t => {
    const taken = (text: string) => {
      const two = new Script(2)
      two.look(5, 2)
      two.hear(1, text)
      return two.election.vote!.leader !== 2
    }
    t.ok(taken('looking 1 at 0 of epoch 3, round 1'), 'a later epoch')
    t.ok(taken('looking 1 at 6 of epoch 2, round 1'), 'a later zxid')
    t.ok(taken('looking 3 at 5 of epoch 2, round 1'), 'a higher id')
    t.notOk(taken('looking 1 at 5 of epoch 2, round 1'), 'a lower id')
    t.notOk(taken('looking 3 at 4 of epoch 2, round 1'), 'an earlier zxid')
    t.notOk(taken('looking 3 at 99 of epoch 1, round 1'), 'an earlier epoch')
  })

  t.test('leaves out servers of weight 0', async t => {
    const verifier = verifierOf(...serverLines([1, 2, 3]), 'group.1=1:2:3', 'weight.3=0')
    const two = new Script(2, { verifier })
    two.look(5, 2)
    t.strictSame(two.hear(3, 'looking 3 at 9 of epoch 9, round 1'), [])
    t.strictSame(two.hear(1, 'looking 2 at 5 of epoch 2, round 1'), ['timer 25'])
  })

  t.test('leaves out servers that do not vote', async t => {
    const two = new Script(2)
    two.look(5, 2)
    t.strictSame(two.hear(3, 'looking 4 at 9 of epoch 9, round 1'), [])
    t.strictSame(two.hear(3, 'looking 77 at 9 of epoch 9, round 7'), [])
    t.strictSame([two.election.vote?.leader, two.election.round], [2, 1])
  })

  t.test('a server that is behind is told at once', async t => {
    const three = new Script(3)
    three.look(5, 1)
    t.strictSame(three.hear(1, 'looking 1 at 4 of epoch 1, round 1'), ['to 1: looking 3 at 5 of epoch 1, round 1'])
  })
})

t.test('rounds', async t => {
  t.test('a later round is joined, and votes of the earlier one count no more', async t => {
    const two = new Script(2)
    two.look(5, 1)
    two.hear(1, 'looking 2 at 5 of epoch 1, round 1')
    t.strictSame(two.hear(3, 'looking 3 at 4 of epoch 1, round 7'), [
      'to 1 3: looking 2 at 5 of epoch 1, round 7',
      'timer 200',
    ])
    t.equal(two.election.round, 7)
  })

  t.test('a later round with a better vote is joined with that vote', async t => {
    const two = new Script(2)
    two.look(5, 1)
    const effects = two.hear(3, 'looking 3 at 6 of epoch 1, round 7')
    t.strictSame(effects, ['to 1 3: looking 3 at 6 of epoch 1, round 7', 'timer 200', 'timer 25'])
  })

  t.test('nor does what servers in a role told of the earlier round', async t => {
    const one = new Script(1, { verifier: majorityOf([1, 2, 3, 4, 5]) })
    one.look(5, 1)
    for (const id of [2, 4]) one.hear(id, 'following 3 at 5 of epoch 1, round 1')
    one.hear(5, 'looking 5 at 5 of epoch 1, round 2')
    t.strictSame(one.hear(3, 'leading 3 at 5 of epoch 2, round 2'), [])
  })

  t.test('an own vote from before is not taken into a later round', async t => {
    const two = new Script(2)
    two.look(5, 1)
    two.hear(3, 'looking 3 at 9 of epoch 1, round 1')
    const effects = two.hear(1, 'looking 1 at 4 of epoch 1, round 2')
    t.strictSame(effects.slice(0, 1), ['to 1 3: looking 2 at 5 of epoch 1, round 2'])
  })

  t.test('a server in an earlier round is told of this one, and its vote is not counted', async t => {
    const two = new Script(2)
    two.look(5, 1)
    two.look(5, 1)
    t.strictSame(two.hear(1, 'looking 2 at 5 of epoch 1, round 1'), ['to 1: looking 2 at 5 of epoch 1, round 2'])
  })

  t.test('each look is a new round', async t => {
    const one = new Script(1)
    one.look(5, 1)
    one.look(6, 1)
    t.equal(one.election.round, 2)
  })
})

t.test('a server that must not take part because it is empty', async t => {
  t.test('neither counts votes nor is counted', async t => {
    const one = new Script(1)
    one.look(-1, 0)
    t.strictSame(one.hear(2, 'looking 3 at 5 of epoch 1, round 1'), [])
    t.strictSame(one.hear(3, 'looking 3 at 5 of epoch 1, round 1'), [])
    const two = new Script(2)
    two.look(5, 1)
    t.strictSame(two.hear(3, 'looking 3 at -1 of epoch 0, round 1'), [])
  })

  t.test('joins a leader that stands', async t => {
    const one = new Script(1)
    one.look(-1, 0)
    one.hear(2, 'following 3 at 5 of epoch 2, round 8')
    t.strictSame(one.hear(3, 'leading 3 at 5 of epoch 2, round 8'), ['no timer', 'elected 3'])
  })
})

t.test('joining a leader that stands', async t => {
  t.test('needs a quorum behind it and its own word', async t => {
    const one = new Script(1)
    one.look(9, 1)
    t.strictSame(one.hear(3, 'leading 3 at 5 of epoch 2, round 8'), [])
    t.strictSame(one.hear(2, 'following 3 at 5 of epoch 2, round 8'), ['no timer', 'elected 3'])
    t.strictSame([one.election.state, one.election.round], ['following', 8])

    const other = new Script(1, { verifier: majorityOf([1, 2, 3, 4, 5]) })
    other.look(9, 1)
    for (const id of [2, 4, 5]) t.strictSame(other.hear(id, 'following 3 at 5 of epoch 2, round 8'), [], `${id}`)
    t.strictSame(other.hear(3, 'looking 3 at 5 of epoch 1, round 8').length > 0, true, 'it is looking itself')
  })

  t.test('servers in a role may tell of different zxids and rounds for one leadership', async t => {
    const one = new Script(1)
    one.look(9, 1)
    one.hear(2, 'following 3 at 4 of epoch 2, round 7')
    t.strictSame(one.hear(3, 'leading 3 at 5 of epoch 2, round 8'), ['no timer', 'elected 3'])
  })

  t.test('but not of different epochs, unless one of them has no version', async t => {
    const one = new Script(1)
    one.look(9, 1)
    one.hear(2, 'following 3 at 5 of epoch 1, round 7')
    t.strictSame(one.hear(3, 'leading 3 at 5 of epoch 2, round 8'), [])
    t.strictSame(one.hear(2, 'following 3 at 5 of epoch 1, round 7', { version: 0 }), ['no timer', 'elected 3'])
  })

  t.test('in the same round, the leader alone identifies it', async t => {
    const one = new Script(1, { verifier: majorityOf([1, 2, 3, 4, 5]) })
    one.look(9, 1)
    one.hear(2, 'following 3 at 5 of epoch 1, round 1')
    one.hear(4, 'following 3 at 5 of epoch 2, round 1')
    t.strictSame(one.hear(3, 'leading 3 at 5 of epoch 2, round 1'), ['no timer', 'elected 3'])
  })

  t.test('the own vote of this round counts for it', async t => {
    const one = new Script(1)
    one.look(5, 1)
    one.hear(3, 'looking 3 at 5 of epoch 1, round 1')
    t.strictSame(one.hear(3, 'leading 3 at 5 of epoch 1, round 1'), ['no timer', 'elected 3'])
  })

  t.test('a server that others follow in this round leads', async t => {
    const three = new Script(3)
    three.look(5, 1)
    t.strictSame(three.hear(2, 'following 3 at 5 of epoch 1, round 1'), ['no timer', 'elected 3'])
  })

  t.test('a server that others followed in another round does not', async t => {
    const three = new Script(3)
    three.look(5, 1)
    three.hear(2, 'following 3 at 5 of epoch 1, round 4')
    t.strictSame(three.hear(1, 'following 3 at 5 of epoch 1, round 4'), [])
  })

  t.test('what a server told before it looked again counts no more', async t => {
    const one = new Script(1, { verifier: majorityOf([1, 2, 3, 4, 5]) })
    one.look(9, 1)
    one.hear(2, 'following 3 at 5 of epoch 2, round 8')
    one.hear(4, 'following 3 at 5 of epoch 2, round 8')
    one.hear(2, 'looking 2 at 5 of epoch 2, round 1')
    t.strictSame(one.hear(3, 'leading 3 at 5 of epoch 2, round 8'), [])
  })

  t.test('an observer and a leader that does not vote do not count', async t => {
    const one = new Script(1)
    one.look(9, 1)
    t.strictSame(one.hear(4, 'observing 3 at 5 of epoch 2, round 8'), [])
    t.strictSame(one.hear(2, 'following 4 at 5 of epoch 2, round 8'), [])
    t.strictSame(one.hear(2, 'observing 3 at 5 of epoch 2, round 8'), [])
    t.strictSame(one.hear(3, 'leading 3 at 5 of epoch 2, round 8'), [])
  })
})

t.test('in a role', async t => {
  const led = () => {
    const one = new Script(1)
    one.look(5, 1)
    one.hear(2, 'following 3 at 5 of epoch 1, round 1')
    one.hear(3, 'leading 3 at 5 of epoch 1, round 1')
    return one
  }

  t.test('a server that looks is told of the leader, others are not answered', async t => {
    const one = led()
    t.strictSame(one.hear(2, 'looking 2 at 9 of epoch 9, round 9'), ['to 2: following 3 at 5 of epoch 1, round 1'])
    t.strictSame(one.hear(2, 'leading 2 at 9 of epoch 9, round 9'), [])
    t.strictSame(one.hear(4, 'observing 3 at 9 of epoch 9, round 9'), [])
    t.strictSame(one.timeout(), [])
  })

  t.test('and of the new epoch, once it is known', async t => {
    const one = led()
    one.election.settle('following', { ...one.election.vote!, peerEpoch: 2 })
    t.strictSame(one.hear(2, 'looking 2 at 9 of epoch 9, round 9'), ['to 2: following 3 at 5 of epoch 2, round 1'])
  })

  t.test('a server that has left its role answers nobody, and goes on with a later round', async t => {
    const one = led()
    t.strictSame(one.election.leave(), [{ type: 'cancelTimer' }])
    t.strictSame(one.hear(2, 'looking 2 at 9 of epoch 9, round 9'), [])
    t.strictSame(one.hear(4, `${NOBODY} 9`), [])
    t.strictSame(one.timeout(), [])
    t.strictSame(one.election.reconfigure(majorityOf([1, 2])), [])
    t.strictSame([one.election.state, one.election.vote], ['looking', undefined])
    t.strictSame(one.look(5, 1).slice(0, 1), ['to 2: looking 1 at 5 of epoch 1, round 2'])
  })

  t.test('a server that takes a role without an election ends the one under way', async t => {
    const one = new Script(1)
    one.look(5, 1)
    const effects = one.election.settle('leading', { leader: 1, zxid: 5, peerEpoch: 2, electionEpoch: 6 })
    t.strictSame(effects, [{ type: 'cancelTimer' }])
    one.look(5, 2)
    t.equal(one.election.round, 7, 'the next round is a later one')
  })
})

t.test('servers without a vote', async t => {
  t.test('an observer takes part without being counted', async t => {
    const four = new Script(4)
    four.look(0, 0)
    t.strictSame(four.hear(1, 'looking 3 at 5 of epoch 1, round 6'), [
      'to 1 2 3: looking 3 at 5 of epoch 1, round 6',
      'timer 200',
    ])
    t.strictSame(four.hear(3, 'looking 3 at 5 of epoch 1, round 6'), ['timer 25'])
    t.strictSame(four.hear(2, 'looking 3 at 5 of epoch 1, round 6'), ['no timer', 'elected 3'])
    t.equal(four.election.state, 'observing')
  })

  t.test('are answered with the present vote, once until the next timeout, and told changes and result', async t => {
    const two = new Script(2)
    two.look(5, 1)
    t.strictSame(two.hear(4, `${NOBODY} 1`), ['to 4: looking 2 at 5 of epoch 1, round 1'])
    t.strictSame(two.hear(4, `${NOBODY} 1`), [])
    two.timeout()
    t.strictSame(two.hear(4, `${NOBODY} 1`), ['to 4: looking 2 at 5 of epoch 1, round 1'])
    t.strictSame(two.hear(1, 'looking 1 at 6 of epoch 1, round 1'), [
      'to 1 3: looking 1 at 6 of epoch 1, round 1',
      'timer 200',
      'to 4: looking 1 at 6 of epoch 1, round 1',
      'timer 25',
    ])
    t.strictSame(two.timeout(), ['no timer', 'to 4: following 1 at 6 of epoch 1, round 1', 'elected 1'])
  })

  t.test('are told of the leader by a server in a role, and again once it has the new epoch', async t => {
    const one = new Script(1)
    one.election.settle('following', { leader: 3, zxid: 5, peerEpoch: 1, electionEpoch: 6 })
    const told = 'to 77: following 3 at 5 of epoch 1, round 6'
    t.strictSame(one.hear(77, `${NOBODY} 1`), [told])
    t.strictSame(one.hear(77, `${NOBODY} 1`), [told], 'as often as they ask')
    t.equal(one.election.settle('following', { leader: 3, zxid: 5, peerEpoch: 2, electionEpoch: 6 }).length, 2)
    t.equal(one.election.settle('following', { leader: 3, zxid: 5, peerEpoch: 2, electionEpoch: 6 }).length, 1)
  })

  t.test('that asked before this server looked are told as well', async t => {
    const one = new Script(1, { verifier: majorityOf([1], [4]) })
    t.strictSame(one.hear(4, `${NOBODY} 1`), [])
    t.strictSame(one.look(5, 1), [
      'timer 200',
      'to 4: looking 1 at 5 of epoch 1, round 1',
      'no timer',
      'to 4: leading 1 at 5 of epoch 1, round 1',
      'elected 1',
    ])
  })

  t.test('that answer are not answered', async t => {
    const one = new Script(1)
    one.look(5, 1)
    t.strictSame(one.hear(77, 'following 3 at 5 of epoch 1, round 1'), [])
  })

  t.test('a server that is not listed joins as a follower without a vote', async t => {
    const stranger = new Script(9)
    t.strictSame(stranger.look(5, 1), ['to 1 2 3: looking nobody, round 1', 'timer 200'])
    stranger.hear(2, 'following 3 at 5 of epoch 2, round 8')
    t.strictSame(stranger.hear(3, 'leading 3 at 5 of epoch 2, round 8'), ['no timer', 'elected 3'])
    t.equal(stranger.election.state, 'following')
  })
})
