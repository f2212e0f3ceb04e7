import { type AuditEvent, type AuditLog, auditLine, LoggerAuditLog, Server } from '@menagerie/core'
import t from 'tap'
import { type JuteWriter, OpCode } from '../../dist/jute/index.js'
import { ACL as AclRecord } from '../../dist/jute/records.js'
import { TestEnsemble } from '../ensemble/support.js'
import { OPEN, settle, startServer, type TestClient, writeCreate } from '../server/harness.js'

/** Keeps lines, without those of start and stop. */
class RecordingAuditLog implements AuditLog {
  readonly events: AuditEvent[] = []
  closes = 0

  record(event: AuditEvent): void {
    this.events.push(event)
  }

  async close(): Promise<void> {
    this.closes++
  }

  /** Of a session; without what is the same in all of them. */
  linesOf(client: TestClient): string[] {
    const session = `session=0x${BigInt.asUintN(64, client.sessionId).toString(16)}`
    const lines = this.events.map(auditLine).filter(line => line.startsWith(`${session}\t`))
    return lines.map(line => line.slice(session.length + 1).replaceAll('\t', ' '))
  }
}

async function audited(settings: object = {}) {
  const auditLog = new RecordingAuditLog()
  const test = await startServer({ auditLog, settings })
  return { ...test, auditLog }
}

const CLIENT = 'user=127.0.0.1 ip=127.0.0.1'

/** The operations of a multi, as a request carries them. */
const multi = (client: TestClient, ...ops: ((writer: JuteWriter) => void)[]) =>
  client.request(OpCode.multi, writer => {
    for (const op of ops) op(writer)
    header(writer, -1, true)
  })

function header(writer: JuteWriter, type: number, done = false): void {
  writer.int(type)
  writer.bool(done)
  writer.int(-1)
}

const createOp =
  (path: string, flags = 0) =>
  (writer: JuteWriter) => {
    header(writer, OpCode.create)
    writeCreate(writer, path, { flags })
  }

const deleteOp = (path: string) => (writer: JuteWriter) => {
  header(writer, OpCode.delete)
  writer.ustring(path)
  writer.int(-1)
}

const setAcl = (client: TestClient, path: string) =>
  client.request(OpCode.setACL, writer => {
    writer.ustring(path)
    writer.int(1)
    AclRecord.write(writer, { perms: 19, id: { scheme: 'digest', id: 'u:hash' } })
    writer.int(-1)
  })

t.test('each write of a client is one event, done or refused', async t => {
  const { server, connect, auditLog } = await audited()
  const client = await connect()
  await client.ask(client.create('/a'), client.create('/a/s-', { flags: 3 }), client.create('/a'))
  await client.ask(client.setData('/a', null), client.setData('/none', null), client.delete('/none'))
  await client.ask(setAcl(client, '/a'), client.getData('/a'), client.exists('/a'), client.ping())
  t.strictSame(auditLog.linesOf(client), [
    `${CLIENT} operation=create znode=/a znode_type=persistent result=success`,
    `${CLIENT} operation=create znode=/a/s-0000000000 znode_type=ephemeral_sequential result=success`,
    `${CLIENT} operation=create znode=/a znode_type=persistent result=failure`,
    `${CLIENT} operation=setData znode=/a result=success`,
    `${CLIENT} operation=setData znode=/none result=failure`,
    `${CLIENT} operation=delete znode=/none result=failure`,
    `${CLIENT} operation=setAcl znode=/a acl=digest:u:hash:rwa result=success`,
  ])
  await server.close()
})

t.test('of a multi each part is an event, and one that is refused is a single one', async t => {
  const { server, connect, auditLog } = await audited()
  const client = await connect()
  await client.ask(multi(client, createOp('/m'), createOp('/m/s-', 2), deleteOp('/m/s-0000000000')))
  await client.ask(multi(client, createOp('/n'), deleteOp('/none')))
  t.strictSame(auditLog.linesOf(client), [
    `${CLIENT} operation=create znode=/m znode_type=persistent result=success`,
    `${CLIENT} operation=create znode=/m/s-0000000000 znode_type=persistent_sequential result=success`,
    `${CLIENT} operation=delete znode=/m/s-0000000000 result=success`,
    `${CLIENT} operation=multiOperation result=failure`,
  ])
  await server.close()
})

t.test('the user is whoever the client has proved to be', async t => {
  const { server, connect, auditLog } = await audited()
  const client = await connect()
  const auth = client.request(
    OpCode.auth,
    writer => {
      writer.int(0)
      writer.ustring('digest')
      writer.buffer(new TextEncoder().encode('ann:secret'))
    },
    -4,
  )
  await client.ask(auth, client.create('/a'))
  const [line] = auditLog.linesOf(client)
  t.match(line, /^user=(ann,127\.0\.0\.1|127\.0\.0\.1,ann) ip=127\.0\.0\.1 operation=create /)
  t.notMatch(line, 'secret')
  await server.close()
})

t.test('ephemerals that go with their session are events, before they are gone', async t => {
  const { server, connect, auditLog } = await audited()
  const client = await connect()
  await client.ask(client.create('/e1', { flags: 1 }), client.create('/e2', { flags: 1 }), client.close())
  t.strictSame(auditLog.linesOf(client).slice(2), [
    'operation=ephemeralZNodeDeletionOnSessionCloseOrExpire znode=/e1 result=success',
    'operation=ephemeralZNodeDeletionOnSessionCloseOrExpire znode=/e2 result=success',
  ])
  t.ok(client.closed, 'and the client is answered as ever')
  t.equal(client.replies.at(-1)?.err, 0)
  await server.close()
})

t.test('a request that cannot be read is no event', async t => {
  const { server, connect, auditLog } = await audited()
  const client = await connect()
  await client.ask(client.request(OpCode.create), client.request(OpCode.multi))
  t.strictSame(auditLog.linesOf(client), [])
  await server.close()
})

t.test('start and stop are the first and the last event, and then the log is closed', async t => {
  const { server, connect, auditLog } = await audited()
  const client = await connect()
  await client.ask(client.create('/a'))
  await server.close()
  const operations = auditLog.events.map(({ operation, result }) => `${operation} ${result}`)
  t.strictSame(operations, ['serverStart success', 'create success', 'serverStop invoked'])
  t.equal(auditLog.closes, 1)
})

t.test('in an ensemble a write is told by the server of its client alone, what goes with a session by all', async t => {
  const logs = new Map([1, 2, 3].map(id => [id, new RecordingAuditLog()]))
  const ensemble = await TestEnsemble.start(3, { auditLog: id => logs.get(id)! })
  const leaderId = await ensemble.untilServing()
  for (const id of [leaderId, ensemble.followerIds[0]]) {
    const client = ensemble.get(id).dial()
    void client.connect()
    await ensemble.until(() => client.sessionId !== 0n, 'a session')
    client.send(client.create(`/at${id}`, { flags: 1 }), client.delete('/none'))
    await ensemble.until(() => client.replies.length === 2, 'the replies')
    client.send(client.close())
    const gone = `operation=ephemeralZNodeDeletionOnSessionCloseOrExpire znode=/at${id} result=success`
    await ensemble.until(
      () => [...logs.values()].every(log => log.linesOf(client).at(-1) === gone),
      'the end everywhere',
    )
    for (const [server, log] of logs) {
      const own = [
        `${CLIENT} operation=create znode=/at${id} znode_type=ephemeral result=success`,
        `${CLIENT} operation=delete znode=/none result=failure`,
      ]
      t.strictSame(log.linesOf(client), server === id ? [...own, gone] : [gone], `client of ${id}, log of ${server}`)
    }
  }
  await ensemble.close()
})

t.test('without a plugin the setting sends events to the log of the server, failures as errors', async t => {
  const lines: string[] = []
  const say = (level: string) => (fields: object, message: string) => {
    lines.push(`${level} ${JSON.stringify(fields)} ${message}`)
  }
  const logger = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') }
  const log = new LoggerAuditLog(logger)
  log.record({ operation: 'create', znode: '/a', result: 'success' })
  log.record({ operation: 'delete', znode: '/b', result: 'failure' })
  t.strictSame(lines, [
    'info {"logger":"audit.Slf4jAuditLogger"} operation=create\tznode=/a\tresult=success',
    'error {"logger":"audit.Slf4jAuditLogger"} operation=delete\tznode=/b\tresult=failure',
  ])
})

t.test('nothing is audited unless it is asked for', async t => {
  const { server, connect, warnings } = await startServer()
  const client = await connect()
  const [{ err }] = await client.ask(client.create('/a', { acl: OPEN }))
  t.equal(err, 0)
  await settle()
  t.strictSame(warnings, [])
  await server.close()
  await t.rejects(Server.start({ settings: { auditEnabled: 1 as never } }), { code: 'CONFIG_INVALID' })
})
