import { openSync } from 'node:fs'
import t from 'tap'
import { describeFailure } from '../dist/failure.js'

function thrown(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    return error
  }
}

t.test('a failure is one sentence on stderr', async t => {
  t.equal(describeFailure(new Error('out of luck'), false), 'menagerie: out of luck\n')
  t.equal(describeFailure('a text', false), 'menagerie: a text\n')
  t.equal(describeFailure(undefined, false), 'menagerie: undefined\n')
})

t.test('an error of the operating system is put into words', async t => {
  const missing = thrown(() => openSync('/nowhere/at/all', 'r'))
  t.equal(
    describeFailure(missing, false),
    'menagerie: /nowhere/at/all cannot be used: it does not exist (ENOENT at open)\n',
  )
  const denied = Object.assign(new Error("EACCES: permission denied, open '/data/log.1'"), {
    code: 'EACCES',
    syscall: 'open',
    path: '/data/log.1',
  })
  t.equal(
    describeFailure(denied, false),
    'menagerie: /data/log.1 cannot be used: this user may not read it, or not write it (EACCES at open)\n',
  )
  const unknown = Object.assign(new Error('EODD: odd, open'), { code: 'EODD', syscall: 'open', path: '/x' })
  t.equal(describeFailure(unknown, false), 'menagerie: EODD: odd, open\n')
  t.match(describeFailure(missing, true), /^menagerie: Error: ENOENT.*\n +at /, 'as it is where the stack is asked for')
})
