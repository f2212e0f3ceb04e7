/** Everything that has happened on a server, out of its transaction log. */
import 'reflect-metadata'
import { connect } from '@menagerie/client'
import { type LoggedTransaction, Server } from '@menagerie/core'
import { OpCode } from '@menagerie/core/jute'
import { storageFile } from '@menagerie/storage-file'
import { transportTcp } from '@menagerie/transport-tcp'

/** What a transaction did to one znode. */
export interface Change {
  readonly type: 'written' | 'deleted'
  readonly path: string
  /** JSON, decoded; undefined for what is none. */
  readonly value: unknown
}

/**
 * The changes of each transaction, from the first one of this data directory on. Opens it in this process, so its server must have
 * ended.
 */
export async function historyOf(dataDir: string): Promise<Change[][]> {
  const listen = [{ host: '127.0.0.1', port: 0 }]
  const server = await Server.start({ plugins: [storageFile({ dataDir }), transportTcp({ listen })] })
  try {
    const end = '/the-end'
    const client = await connect(`127.0.0.1:${server.addresses[0].port}`)
    await client.create(end)
    await client.close()
    const transactions: Change[][] = []
    for await (const { txn } of server.commitsFrom(1)) {
      const changes = changesOf(txn)
      if (changes.some(({ path }) => path === end)) break
      if (changes.length > 0) transactions.push(changes)
    }
    return transactions
  } finally {
    await server.close()
  }
}

function changesOf(txn: LoggedTransaction['txn']): Change[] {
  switch (txn.type) {
    case OpCode.create:
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.setData:
      return [{ type: 'written', path: txn.path, value: json(txn.data) }]
    case OpCode.delete:
    case OpCode.deleteContainer:
      return [{ type: 'deleted', path: txn.path, value: undefined }]
    case OpCode.closeSession:
      return (txn.paths ?? []).map(path => ({ type: 'deleted', path, value: undefined }))
    case OpCode.multi:
      return txn.txns.flatMap(changesOf)
    default:
      return []
  }
}

function json(data: Uint8Array | null): unknown {
  try {
    return JSON.parse(Buffer.from(data ?? []).toString())
  } catch {
    return undefined
  }
}
