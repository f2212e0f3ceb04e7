// The guarded resource: node resource.js SERVERS ID FILE. It does not talk to ZooKeeper; it compares numbers.
import { answerJson } from '../support/json-over-http.js'
import { Counter, type Request } from './counter.js'

const counter = new Counter(process.argv[4])
const { url } = await answerJson((request: Request) => counter.handle(request))
console.log(`guards a counter at ${url}`)
for (const event of ['SIGTERM', 'SIGINT', 'disconnect']) process.once(event, () => process.exit())
