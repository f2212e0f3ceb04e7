import { randomContract } from '@menagerie/core/contract'
import { systemRandom } from '@menagerie/platform-node'
import t from 'tap'

t.test('the chance of a process', async t => {
  randomContract(
    (name, body) => void t.test(name, body),
    () => systemRandom,
  )
})
