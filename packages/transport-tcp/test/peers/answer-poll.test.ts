/** Looking for the answer of a peer instead of sleeping. */
import t from 'tap'
import { AnswerPoll } from '../../dist/peers/answer-poll.js'
import { TurnedLoop } from '../support/turned-loop.js'

t.test('looks for the answer until it comes, and then lets the loop sleep', async t => {
  const loop = new TurnedLoop()
  const poll = new AnswerPoll(loop, 0.1)
  poll.received()
  t.ok(loop.sleeps, 'nobody has asked')
  poll.expect()
  for (let turn = 0; turn < 5; turn++) loop.turn()
  t.notOk(loop.sleeps)
  poll.received()
  loop.turn()
  t.ok(loop.sleeps)
})

t.test('looks for the window at most', async t => {
  const loop = new TurnedLoop()
  const poll = new AnswerPoll(loop, 0.1)
  poll.expect()
  const turns = loop.untilAsleep()
  t.ok(turns >= 10 && turns <= 12, `${turns} turns of 10 microseconds`)
})

t.test('the next question, asked within the answer, begins a window of its own', async t => {
  const loop = new TurnedLoop()
  const poll = new AnswerPoll(loop, 0.1)
  for (let i = 0; i < 1000; i++) {
    poll.expect()
    for (let turn = 0; turn < 8; turn++) loop.turn()
    t.notOk(loop.sleeps, 'still looking')
    poll.received()
  }
  loop.turn()
  t.ok(loop.sleeps)
})

t.test('where answers come too late, only one in 64 is looked for', async t => {
  const loop = new TurnedLoop()
  const poll = new AnswerPoll(loop, 0.1)
  let looks = 0
  for (let i = 0; i < 1000; i++) {
    poll.expect()
    if (loop.untilAsleep() > 0) looks++
    poll.received()
  }
  t.ok(looks > 10 && looks < 20, `${looks} of 1000`)
  for (let i = 0; i < 1000; i++) {
    poll.expect()
    loop.turn()
    poll.received()
  }
  poll.expect()
  t.notOk(loop.sleeps, 'and all of them again once they come in time')
})

t.test('who was taken off the processor meanwhile gives way', async t => {
  const loop = new TurnedLoop()
  const poll = new AnswerPoll(loop, 0.1)
  for (let i = 0; i < 100; i++) {
    poll.expect()
    poll.received()
  }
  poll.expect()
  loop.now += 3
  loop.untilAsleep()
  poll.expect()
  t.ok(loop.sleeps)
})

t.test('a clock that stands still does not keep the loop awake', async t => {
  const loop = new TurnedLoop()
  const poll = new AnswerPoll(loop, 0.1)
  loop.turn = function (this: TurnedLoop) {
    TurnedLoop.prototype.turn.call(this)
    this.now = 0
  }
  poll.expect()
  t.ok(loop.untilAsleep() <= 1001)
})

t.test('a window of 0 turns it off', async t => {
  const loop = new TurnedLoop()
  new AnswerPoll(loop, 0).expect()
  t.ok(loop.sleeps)
})
