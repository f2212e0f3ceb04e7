import t from 'tap'
import { type EnsembleServer, judgeEnsemble, parseGroup, parseServer } from '../../dist/config/ensemble.js'

const address = (host: string, quorumPort: number, electionPort: number) => ({ host, quorumPort, electionPort })
const grammar = 'host:quorumPort:electionPort[:participant|observer][;[address:]clientPort]'

t.test('server.N', async t => {
  const right: [text: string, expected: Partial<EnsembleServer>][] = [
    ['zoo1:2888:3888', { addresses: [address('zoo1', 2888, 3888)], role: 'participant' }],
    ['zoo1:2888:3888:observer', { addresses: [address('zoo1', 2888, 3888)], role: 'observer' }],
    ['zoo1:2888:3888:PARTICIPANT', { addresses: [address('zoo1', 2888, 3888)], role: 'participant' }],
    [
      'zoo1:2888:3888;2181',
      { addresses: [address('zoo1', 2888, 3888)], role: 'participant', client: { host: '0.0.0.0', port: 2181 } },
    ],
    [
      '[::1]:2888:3888:participant;[2001:db8::1]:2181',
      { addresses: [address('::1', 2888, 3888)], role: 'participant', client: { host: '2001:db8::1', port: 2181 } },
    ],
    [
      'a:1:2:observer|b:3:4:observer;c:5',
      { addresses: [address('a', 1, 2), address('b', 3, 4)], role: 'observer', client: { host: 'c', port: 5 } },
    ],
  ]
  for (const [text, expected] of right) {
    t.test(`reads ${text}`, async t => t.match(parseServer(7, text, true), { value: { id: 7, ...expected } }))
  }
  const wrong: [text: string, message: string][] = [
    ['zoo1', `found "zoo1", expected ${grammar}`],
    ['zoo1:2888', `found "zoo1:2888", expected ${grammar}`],
    [':2888:3888', `found no host in ":2888:3888", expected ${grammar}`],
    ['zoo1:x:3888', `found "x" as quorum port, expected ${grammar}`],
    ['zoo1:2888:99999', `found "99999" as election port, expected ${grammar}`],
    ['zoo1:2888:2888', `found 2888 as quorum port and as election port, expected ${grammar}`],
    ['zoo1:2888:3888:leader', `found "leader" as role, expected ${grammar}`],
    ['zoo1:2888:3888;a:b:1', `found "a:b:1" for clients, expected ${grammar}`],
    ['zoo1:2888:3888;1;2', `found "zoo1:2888:3888;1;2", expected ${grammar}: more than one ;`],
    ['[::1:2888:3888', `found "[::1:2888:3888", expected ${grammar}`],
    ['a:1:2:observer|b:3:4:participant', 'its addresses have different roles, expected the same role for all'],
  ]
  for (const [text, problem] of wrong) {
    t.test(`refuses ${text}`, async t => t.strictSame(parseServer(7, text, true), { problem }))
  }
  t.test('takes several addresses only with multiAddress.enabled', async t => {
    t.strictSame(parseServer(7, 'a:1:2|b:3:4', false), {
      problem: 'found 2 addresses, expected one unless multiAddress.enabled=true',
    })
  })
})

t.test('group.N', async t => {
  t.test('reads ids parted by colons', async t => t.strictSame(parseGroup('1: 2:3'), { value: [1, 2, 3] }))
  t.test('refuses anything else', async t => {
    t.strictSame(parseGroup('1:x'), { problem: 'found "x", expected ids of servers parted by colons' })
    t.strictSame(parseGroup('1,2'), { problem: 'found "1,2", expected ids of servers parted by colons' })
  })
})

t.test('rules of an ensemble', async t => {
  const list = (...roles: EnsembleServer['role'][]) =>
    new Map(roles.map((role, index) => [index + 1, { id: index + 1, addresses: [], role }]))
  const judge = (
    servers: ReadonlyMap<number, EnsembleServer>,
    {
      standaloneEnabled = true,
      groups = new Map<number, readonly number[]>(),
      weights = new Map<number, number>(),
    } = {},
  ) => judgeEnsemble({ servers, groups, weights }, standaloneEnabled)

  t.test('one voting server runs standalone', async t => {
    t.strictSame(judge(list('participant')), { problems: [], warnings: [], distributed: false })
  })
  t.test('one voting server is an ensemble with standaloneEnabled=false', async t => {
    t.match(judge(list('participant'), { standaloneEnabled: false }), {
      problems: [],
      warnings: ['1 voting server tolerates no failure: three are needed for that'],
      distributed: true,
    })
  })
  t.test('two voting servers are warned of', async t => {
    t.match(judge(list('participant', 'participant')).warnings, [/2 voting servers tolerate no failure/])
  })
  t.test('an even number is warned of', async t => {
    t.match(judge(list('participant', 'participant', 'participant', 'participant')).warnings, [
      '4 voting servers tolerate no more failures than 3',
    ])
  })
  t.test('three are fine, with observers too', async t => {
    t.strictSame(judge(list('participant', 'participant', 'participant', 'observer')), {
      problems: [],
      warnings: [],
      distributed: true,
    })
  })
  t.test('observers need voting servers', async t => {
    t.match(judge(list('observer')).problems, ['there are observers but no voting server'])
    t.match(judge(list('participant', 'observer')).problems, ['there are observers but only one voting server'])
  })
  t.test('standaloneEnabled=false needs a server', async t => {
    t.match(judge(list(), { standaloneEnabled: false }).problems, [
      'standaloneEnabled=false needs at least one voting server',
    ])
  })
  t.test('groups hold every voting server, each once, and no stranger', async t => {
    const groups = new Map([
      [1, [1, 2]],
      [2, [2, 9]],
    ])
    t.strictSame(judge(list('participant', 'participant', 'participant'), { groups }).problems, [
      'server 2 is in group.1 and in group.2',
      'group.2 names server 9, which is not listed',
      'server 3 is in no group: with group.N or weight.N every voting server is',
    ])
  })
  t.test('weights without groups are refused', async t => {
    t.equal(judge(list('participant', 'participant'), { weights: new Map([[1, 2]]) }).problems.length, 2)
  })
})
