// Writes every change of a subtree as JSON lines, and goes on where it stopped.
import { Server } from '@menagerie/core'
import { storageFile } from '@menagerie/storage-file'
import { transportTcp } from '@menagerie/transport-tcp'
import { changesOf } from './changes.mjs'
import { Journal } from './journal.mjs'

const [, , dataDir = './data', subtree = '/', file = 'changes.jsonl', port = '0'] = process.argv
const isOfInterest = ({ path }) => subtree === '/' || `${path}/`.startsWith(`${subtree}/`)

const server = await Server.start({
  plugins: [storageFile({ dataDir }), transportTcp({ listen: [{ port: Number(port) }] })],
})
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => server.close())
console.log(`listening on ${server.addresses[0].host}:${server.addresses[0].port}`)

const journal = await Journal.open(file)
try {
  if (journal.lastZxid > server.lastZxid)
    throw new Error(`${file} has come to zxid ${journal.lastZxid}, and ${dataDir} to ${server.lastZxid}: other data?`)
  for await (const { header, txn } of server.commitsFrom(journal.lastZxid + 1)) {
    const changes = changesOf(txn).filter(isOfInterest)
    await journal.write(header.zxid, changes.length > 0 ? { time: new Date(header.timeMs), changes } : undefined)
  }
} catch (error) {
  console.error(`change-feed: ${error.message}`)
  process.exitCode = 1
} finally {
  await journal.close()
  await server.close()
}
