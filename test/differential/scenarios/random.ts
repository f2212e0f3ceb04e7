import { plain } from '../define.js'
import { playRandom } from '../random.js'

for (const seed of [1, 2, 3, 4, 5]) {
  plain(`random operations from seed ${seed}`, s => playRandom(s, { seed, operations: 300 }))
}
