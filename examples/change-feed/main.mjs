// Writes every change of a subtree as JSON lines, and goes on where it stopped.
import { Server } from '@menagerie/core'
import { storageFile } from '@menagerie/storage-file'
import { transportTcp } from '@menagerie/transport-tcp'
import { changesOf } from './changes.mjs'
import { Journal } from './journal.mjs'

const [, , dataDir = './data', subtree = '/', file = 'changes.jsonl', port = '0'] = process.argv

const server = await Server.start({
  plugins: [storageFile({ dataDir }), transportTcp({ listen: [{ port: Number(port) }] })],
})
console.log(`listening on ${server.addresses[0].host}:${server.addresses[0].port}`)
process.once('SIGTERM', () => server.close())

const journal = await Journal.open(file)
for await (const { header, txn } of server.commitsFrom(journal.lastZxid + 1)) {
  const changes = changesOf(txn).filter(({ path }) => subtree === '/' || `${path}/`.startsWith(`${subtree}/`))
  if (changes.length > 0) await journal.write({ zxid: header.zxid, time: new Date(header.timeMs), changes })
}
await journal.close()
