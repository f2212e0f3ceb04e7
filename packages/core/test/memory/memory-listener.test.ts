import { clientListenerContract } from '@menagerie/core/contract'
import t from 'tap'
import { memoryBench } from './memory-bench.js'

clientListenerContract(
  (name, body) => {
    t.test(name, body)
  },
  async () => memoryBench(),
)
