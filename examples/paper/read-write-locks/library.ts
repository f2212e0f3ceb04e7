// The guarded resource: node library.js SERVERS ID. It does not talk to ZooKeeper; it compares numbers.
import { answerJson } from '../support/json-over-http.js'
import { Document, type Request } from './document.js'

const document = new Document()
const { url } = await answerJson((request: Request) => document.handle(request))
console.log(`lends a document at ${url}`)
for (const event of ['SIGTERM', 'SIGINT', 'disconnect']) process.once(event, () => process.exit())
