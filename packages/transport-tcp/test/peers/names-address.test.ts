import t from 'tap'
import { namesAddress } from '../../dist/peers/names-address.js'

const hosts = (...names: string[]) => names.map(host => ({ host, port: 1 }))

t.test('an address is named by itself, and by a host name that has it', async t => {
  t.ok(await namesAddress(hosts('10.0.0.7', '127.0.0.1'), '127.0.0.1'))
  t.ok(await namesAddress(hosts('127.0.0.1'), '::ffff:127.0.0.1'))
  t.ok(await namesAddress(hosts('localhost'), '127.0.0.1'))
  t.ok(await namesAddress(hosts('::1'), '::1'))
})

t.test('another address is not named, nor any by a name that nobody knows', async t => {
  t.notOk(await namesAddress(hosts('127.0.0.1'), '127.0.0.2'))
  t.notOk(await namesAddress(hosts('no-such-host.invalid'), '127.0.0.1'))
  t.notOk(await namesAddress([], '127.0.0.1'))
})
