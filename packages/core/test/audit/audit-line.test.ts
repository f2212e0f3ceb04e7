import t from 'tap'
import { auditLine } from '../../dist/audit/index.js'

t.test('an event is one line of fields in the order of Apache', async t => {
  t.equal(
    auditLine({
      result: 'success',
      acl: 'world:anyone:cdrwa',
      znodeType: 'persistent',
      znode: '/a',
      operation: 'create',
      ip: '10.0.0.1',
      user: 'u,v',
      session: '0x1',
    }),
    'session=0x1\tuser=u,v\tip=10.0.0.1\toperation=create\tznode=/a\tznode_type=persistent\tacl=world:anyone:cdrwa\tresult=success',
  )
})

t.test('what does not apply is left out', async t => {
  t.equal(auditLine({ operation: 'serverStop', result: 'invoked' }), 'operation=serverStop\tresult=invoked')
})

t.test('a name cannot end its line or its field and forge another', async t => {
  t.equal(
    auditLine({ operation: 'create', znode: '/a\n\r\t\u0000\u0085\u2028result=success', result: 'failure' }),
    'operation=create\tznode=/a\\u000a\\u000d\\u0009\\u0000\\u0085\\u2028result=success\tresult=failure',
  )
})
