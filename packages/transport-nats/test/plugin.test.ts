import { compose, LOGGER, PEER_TRANSPORT, silentLogger } from '@menagerie/core'
import transportNats, { NatsPeerTransport } from '@menagerie/transport-nats'
import t from 'tap'

const withLogger = (options: object) =>
  compose([transportNats(options)], fallbacks => void fallbacks.registerInstance(LOGGER, silentLogger))

t.test('the plugin fills the seat of the peer transport, one for each server', async t => {
  const container = withLogger({ servers: ['nats://a:4222', 'nats://b:4222'], prefix: 'prod' })
  const transport = container.resolve(PEER_TRANSPORT)
  t.type(transport, NatsPeerTransport)
  t.equal(container.resolve(PEER_TRANSPORT), transport)
  t.not(withLogger({}).resolve(PEER_TRANSPORT), transport)
  await transport.close()
})

t.test('wrong options are refused as the plugin is put in, by name', async t => {
  t.throws(() => withLogger({ prefix: 'a b' }), { code: 'PLUGIN_INVALID', message: /transport-nats.*prefix/ })
})
