import { crc32Contract } from '@menagerie/core/contract'
import { nativeCrc32 } from '@menagerie/platform-node'
import t from 'tap'

t.test('the CRC-32 of a process', async t => {
  crc32Contract(
    (name, body) => void t.test(name, body),
    () => nativeCrc32,
  )
})
