// Uses node-zookeeper-client on the server at argv[2]. Exits with 1 at the first surprise.
import assert from 'node:assert/strict'
import zookeeper from 'node-zookeeper-client'

const { CreateMode, Exception, Event } = zookeeper

/** The client's methods with callbacks, as promises of the list of results. */
function promised(client) {
  return (method, ...args) =>
    new Promise((resolve, reject) => {
      client[method](...args, (error, ...results) => (error ? reject(error) : resolve(results)))
    })
}

const connect = () =>
  new Promise(resolve => {
    const client = zookeeper.createClient(process.argv[2], { sessionTimeout: 10_000 })
    client.once('connected', () => resolve({ client, call: promised(client) }))
    client.connect()
  })

const refused = (promise, code) => assert.rejects(promise, error => error.getCode?.() === code)

const one = await connect()
const two = await connect()

assert.deepEqual(await one.call('create', '/node', Buffer.from('data')), ['/node'])
const [data, stat] = await two.call('getData', '/node')
assert.equal(data.toString(), 'data')
assert.equal(stat.version, 0)
await refused(one.call('create', '/node'), Exception.NODE_EXISTS)
await refused(one.call('getData', '/none'), Exception.NO_NODE)
await refused(one.call('setData', '/node', Buffer.from('x'), 9), Exception.BAD_VERSION)
assert.equal((await one.call('setData', '/node', Buffer.from('x'), 0))[0].version, 1)
assert.deepEqual(await one.call('exists', '/none'), [null])
await one.call('mkdirp', '/node/a/b/c')
assert.deepEqual((await two.call('getChildren', '/node'))[0], ['a'])
assert.deepEqual(await one.call('create', '/node/s-', Buffer.alloc(0), CreateMode.EPHEMERAL_SEQUENTIAL), [
  '/node/s-0000000001',
])
assert.equal((await two.call('getACL', '/node'))[0][0].permission, 31)

const events = new Promise(resolve =>
  two.client.getData(
    '/node',
    event => resolve(event),
    () => one.client.setData('/node', Buffer.from('y'), () => {}),
  ),
)
const event = await events
assert.equal(event.getType(), Event.NODE_DATA_CHANGED)
assert.equal(event.getPath(), '/node')

const results = await new Promise((resolve, reject) => {
  one.client
    .transaction()
    .create('/tx')
    .setData('/tx', Buffer.from('1'))
    .check('/tx', 1)
    .remove('/tx', 1)
    .commit((error, list) => (error ? reject(error) : resolve(list)))
})
assert.equal(results.length, 4)
await new Promise(resolve =>
  one.client
    .transaction()
    .create('/tx')
    .check('/none')
    .commit(error => resolve(assert.ok(error))),
)
assert.deepEqual(await two.call('exists', '/tx'), [null])

const gone = new Promise(resolve => two.client.exists('/node/s-0000000001', resolve, () => one.client.close()))
assert.equal((await gone).getType(), Event.NODE_DELETED)
for (const path of ['/node/a/b/c', '/node/a/b', '/node/a', '/node']) await two.call('remove', path, -1)
two.client.close()
console.log('all is well')
