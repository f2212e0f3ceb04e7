/**
 * node-zookeeper-client's API on top of this package: change the name in `import` or `require`, and the rest stays.
 *
 * Besides what that package does, lost connections fail over at once, watches survive them, and requests are pipelined.
 */
import { Client, type Options } from './client.js'
import { Exception } from './exception.js'
import { ACL, CreateMode, Event, Id, Permission, State } from './values.js'

export type { Callback, Options, Watcher } from './client.js'
export type { Stat } from './stat.js'
export { Transaction, type TransactionCallback, type TransactionResult } from './transaction.js'
export { ACL, Client, CreateMode, Event, Exception, Id, Permission, State }

/** A client that does nothing before `connect()`. */
export function createClient(connectionString: string, options?: Options): Client {
  return new Client(connectionString, options)
}

/** All of it, for `import zookeeper from`. */
export default { createClient, ACL, Id, Permission, CreateMode, State, Event, Exception }
