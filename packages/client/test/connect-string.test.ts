import { parseConnectString } from '@menagerie/client'
import t from 'tap'

t.test('a connect string gives servers in order, and the chroot', async t => {
  const read = (text: string) => {
    const { servers, chroot } = parseConnectString(text)
    return [...servers.map(({ host, port }) => `${host} ${port}`), chroot]
  }
  t.strictSame(read('localhost:2182'), ['localhost 2182', ''])
  t.strictSame(read('a,b:1,c:65535/app/x'), ['a 2181', 'b 1', 'c 65535', '/app/x'])
  t.strictSame(read('a:1, b:2'), ['a 1', 'b 2', ''])
  t.strictSame(read('a:1/'), ['a 1', ''])
  t.strictSame(read('a:1,a:1'), ['a 1', 'a 1', ''])
  // As files and environments give them.
  t.strictSame(read(' a:1 ,b:2/app\n'), ['a 1', 'b 2', '/app'])
  t.strictSame(read('[::1]:2181,[fe80::1%eth0]'), ['::1 2181', 'fe80::1%eth0 2181', ''])
})

t.test('a connect string that cannot be read is refused, with the part that is wrong', async t => {
  const wrong: [string, RegExp][] = [
    ['', /'' is not host/],
    ['/app', /'' is not host/],
    ['a:1,', /'' is not host/],
    ['a:', /'a:' is not host/],
    ['a:x', /'a:x'/],
    ['a:0', /port 0/],
    ['a:65536', /port 65536/],
    ['a:123456', /'a:123456'/],
    ['::1', /'::1'/],
    ['[::1', /'\[::1'/],
    ['a b:1', /'a b:1'/],
    ['a:1//x', /'\/\/x'/],
    ['a:1/x/', /'\/x\/'/],
    ['a:1/x/../y', /'\/x\/..\/y'/],
    ['a:1/./x', /'\/.\/x'/],
    ['a:1/x\u0000', /U\+0000/],
    ['/', /'' is not host/],
    [' ', /'' is not host/],
    ['a:-1', /'a:-1'/],
    ['a:1,,b:1', /'' is not host/],
    ['zk://a:1', /'zk:'/],
  ]
  for (const [text, message] of wrong) {
    t.throws(() => parseConnectString(text), { code: 'CONFIG_INVALID', message }, text)
  }
})
