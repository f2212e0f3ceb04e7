import t from 'tap'
import { ConfigError } from '../../dist/config/problem.js'
import { readZooCfg } from '../../dist/config/zoo-cfg.js'

const JAAS = `QuorumServer {
  org.apache.zookeeper.server.auth.DigestLoginModule required user_zk="secret" user_other="else";
};
QuorumLearner {
  org.apache.zookeeper.server.auth.DigestLoginModule required username="zk" password="secret";
};
`
const ON = 'quorum.auth.enableSasl=true'
const FILE = 'java.security.auth.login.config=/jaas'

function read(lines: string[], jaas = JAAS) {
  const members = [1, 2, 3].map(id => `server.${id}=h${id}:2888:3888`)
  const text = ['dataDir=/data', 'clientPort=2181', 'initLimit=10', 'syncLimit=5', ...members, ...lines].join('\n')
  const files = new Map([
    ['/data/myid', '1'],
    ['/jaas', jaas],
  ])
  return readZooCfg('/zoo.cfg', text, { read: path => files.get(path) })
}

function problems(lines: string[], jaas?: string): string {
  try {
    read(lines, jaas)
    return ''
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.message
  }
}

t.test('users, and who this server is, come from the sections of the JAAS file', async t => {
  const required = ['quorum.auth.serverRequireSasl=true', 'quorum.auth.learnerRequireSasl=true']
  t.strictSame(read([ON, FILE, ...required]).ensemble?.sasl, {
    serverRequire: true,
    learnerRequire: true,
    users: { zk: 'secret', other: 'else' },
    username: 'zk',
    password: 'secret',
  })
  const named = ['quorum.auth.server.saslLoginContext=S', 'quorum.auth.learner.saslLoginContext=L']
  const jaas = JAAS.replace('QuorumServer', 'S').replace('QuorumLearner', 'L')
  t.equal(read([ON, FILE, ...named], jaas).ensemble?.sasl?.serverRequire, false)
  t.equal(read([]).ensemble?.sasl, undefined)
  t.equal(read([`${ON.replace('true', 'false')}`]).ensemble?.sasl, undefined)
})

t.test('what cannot work is refused, with the reason', async t => {
  t.match(problems([ON]), /needs java\.security\.auth\.login\.config/)
  t.match(problems(['quorum.auth.learnerRequireSasl=true']), /has no effect without quorum\.auth\.enableSasl=true/)
  t.match(problems([ON, FILE, 'quorum.auth.serverRequireSasl=true']), /needs quorum\.auth\.learnerRequireSasl=true/)
  t.match(problems([ON, FILE, 'fips-mode=true']), /forbids DIGEST-MD5/)
  t.match(problems([ON, FILE], JAAS.replace('QuorumServer', 'Other')), /no section QuorumServer/)
  t.match(problems([ON, FILE], JAAS.replace('username="zk"', '')), /no username and password/)
})
