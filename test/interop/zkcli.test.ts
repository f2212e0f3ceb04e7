import t from 'tap'
import { JAVA_FLAGS } from '../support/apache.js'
import { startChild } from '../support/child.js'
import { startTarget } from '../support/target.js'
import { removeDir, tempDir } from '../support/temp-dir.js'
import { needs } from '../support/tools.js'

t.setTimeout(300_000)
t.test('zkCli.sh does what its users type', needs('java', 'zkCli.sh (Debian: zookeeper)'), async t => {
  const folder = tempDir('zkcli')
  await using server = await startTarget({ config: { extendedTypesEnabled: true } })
  const start = () =>
    startChild('/usr/share/zookeeper/bin/zkCli.sh', ['-server', server.address], {
      cwd: folder,
      env: { ...process.env, JVMFLAGS: JAVA_FLAGS.join(' ') },
    })
  const shell = start()
  const other = start()
  t.teardown(async () => {
    for (const child of [shell, other]) {
      child.process.stdin?.end('quit\n')
      await child.exited
    }
    removeDir(folder)
  })
  const type = (line: string, child = shell) => child.process.stdin?.write(`${line}\n`)
  const say = async (line: string, answer: RegExp, child = shell) => {
    type(line, child)
    await child.until(answer)
    t.pass(line)
  }
  await shell.until(/SyncConnected/)
  await other.until(/SyncConnected/)

  await say('create /a data', /^Created \/a$/m)
  await say('create /a data', /Node already exists: \/a/)
  await say('create -e -s /a/e- x', /^Created \/a\/e-0000000000$/m)
  await say('create -c /cont', /^Created \/cont$/m)
  await say('create -t 100000 /ttl x', /^Created \/ttl$/m)
  await say('create /no/parent', /Node does not exist: \/no\/parent/)
  await say('get -s /a', /^data\ncZxid = 0x[\s\S]*dataVersion = 0\n[\s\S]*dataLength = 4\nnumChildren = 1\n/m)
  await say('get /none', /Node does not exist: \/none/)
  await say('ls -R /a', /^\/a\n\/a\/e-0000000000\n/m)
  await say('ls -s /a', /^\[e-0000000000\]\n[\s\S]*cversion = 1\n/m)
  await say('set -s -v 0 /a new', /dataVersion = 1\n[\s\S]*dataLength = 3\n/)
  await say('set -v 0 /a new', /version No is not valid : \/a/)
  await say('stat /a', /aclVersion = 0\nephemeralOwner = 0x0\ndataLength = 3\n/)

  // A watch of one shell, and the change out of the other.
  type('addWatch -m PERSISTENT /a')
  await say('getAllChildrenNumber /a', /^1$/m)
  type('set /a again', other)
  await shell.until(/WatchedEvent state:SyncConnected type:NodeDataChanged path:\/a/)
  type('create /a/w', other)
  await shell.until(/WatchedEvent state:SyncConnected type:NodeChildrenChanged path:\/a/)
  await say('get -w /ttl', /^x$/m)
  type('delete /ttl', other)
  await shell.until(/WatchedEvent state:SyncConnected type:NodeDeleted path:\/ttl/)

  type('setquota -n 5 /a')
  await say('listquota /a', /count=5,bytes=-1[\s\S]*Output stat for \/a count=3,bytes=\d+/)
  type('delquota /a')
  await say('listquota /a', /quota for \/a does not exist/)
  type('setAcl /a world:anyone:cdrwa')
  await say('getAcl -s /a', /'world,'anyone\n: cdrwa\n[\s\S]*aclVersion = 1\n/)
  await say('whoami', /Auth scheme: User\nip: 127\.0\.0\.1/)
  type('addauth digest user:password')
  await say('whoami', /digest: user/)
  await say('create /mine secret auth::cdrwa', /^Created \/mine$/m)
  await say('get /mine', /Insufficient permission : \/mine/, other)
  await say('getEphemerals', /\[\/a\/e-0000000000\]/)
  await say('sync /a', /Sync is OK/)
  type('config')
  await say('delete /a', /Node not empty: \/a/)
  type('deleteall /a')
  await shell.until(/type:NodeDeleted path:\/a/)
  await say('ls /', /^\[cont, mine, zookeeper\]$/m)
  await say('removewatches /a', /type:PersistentWatchRemoved path:\/a/)
})
