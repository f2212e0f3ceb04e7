import t from 'tap'
import { BusyPoll } from '../dist/busy-poll.js'
import { TurnedLoop } from './support/turned-loop.js'

class Loop extends TurnedLoop {
  /** Input comes, and the next so many turns later. */
  inputs(poll: BusyPoll, count: number, turnsBetween: number): void {
    for (let i = 0; i < count; i++) {
      poll.handled(client)
      for (let turn = 0; turn < turnsBetween; turn++) this.turn()
    }
  }
}

const client = {}

/** Of two inputs of one client the second is the first that is waited after. */
function introduced(loop: Loop, windowMs: number): BusyPoll {
  const poll = new BusyPoll(loop, windowMs)
  poll.handled(client)
  return poll
}

t.test('looks for more input for the window, and then lets the loop sleep', t => {
  const loop = new Loop()
  const poll = introduced(loop, 0.1)
  t.ok(loop.sleeps)
  poll.handled(client)
  const turns = loop.untilAsleep()
  t.ok(turns > 10 && turns < 13, `${turns} turns of 10 microseconds`)
  t.end()
})

t.test('goes on as long as input comes within the window', t => {
  const loop = new Loop()
  const poll = introduced(loop, 0.1)
  loop.inputs(poll, 1000, 5)
  t.notOk(loop.sleeps)
  loop.untilAsleep()
  t.ok(loop.sleeps)
  t.end()
})

t.test('where the next input comes too late, only one input in 64 is waited for', t => {
  const loop = new Loop()
  const poll = introduced(loop, 0.1)
  let waits = 0
  for (let i = 0; i < 1000; i++) {
    poll.handled(client)
    if (loop.untilAsleep() > 1) waits++
    loop.now += 5
  }
  t.ok(waits > 10 && waits < 20, `${waits} waits`)

  t.test('and it is waited for again once it comes in time', t => {
    loop.inputs(poll, 1000, 5)
    t.notOk(loop.sleeps)
    t.end()
  })
  t.end()
})

t.test('where several clients speak in turn, the loop sleeps', t => {
  const loop = new Loop()
  const poll = introduced(loop, 0.1)
  for (let i = 0; i < 100; i++) {
    poll.handled(i % 2 === 0 ? loop : client)
    t.ok(loop.sleeps)
  }
  poll.handled(client)
  t.notOk(loop.sleeps)
  poll.handled(loop)
  t.equal(loop.untilAsleep(), 1, 'a second one ends it')
  t.end()
})

t.test('who was taken off the processor while it waited gives way to who wants it', t => {
  const loop = new Loop()
  const poll = introduced(loop, 0.1)
  loop.inputs(poll, 100, 5)
  loop.now += 3
  loop.untilAsleep()
  poll.handled(client)
  t.equal(loop.untilAsleep(), 0)
  t.end()
})

t.test('a clock that stands still does not keep the loop awake', t => {
  const loop = new Loop()
  const poll = introduced(loop, 0.1)
  loop.turn = function (this: Loop) {
    Loop.prototype.turn.call(this)
    this.now = 0
  }
  poll.handled(client)
  t.ok(loop.untilAsleep() <= 1001)
  t.end()
})

t.test('a window of 0 turns it off', t => {
  const loop = new Loop()
  const poll = introduced(loop, 0)
  poll.handled(client)
  t.ok(loop.sleeps)
  t.end()
})
