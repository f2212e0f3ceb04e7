/** The exchangeable parts of a server, as its YAML names them. */
import { join } from 'node:path'

export type Storage = 'file' | 'rocksdb' | 'memory'
export type Transport = 'tcp' | 'nats'

/** What one server is made of. */
export interface Parts {
  readonly storage: Storage
  readonly transport: Transport
}

export interface PluginEntry {
  readonly use: string
  readonly with?: Readonly<Record<string, unknown>>
}

/** Where a storage keeps its data below a server's folder. */
export const storageFolder = (home: string, storage: Storage): string => join(home, storage)

/** `file:DIR`, as `menagerie storage` takes it. */
export const storageAddress = (home: string, storage: Storage): string => `${storage}:${storageFolder(home, storage)}`

/** The entries of `plugins:`. The file storage and TCP are named too, though they are what a server has unless told. */
export function pluginsOf({ storage, transport }: Parts, home: string, natsUrl: string | undefined): PluginEntry[] {
  return [storagePlugin(storage, storageFolder(home, storage)), transportPlugin(transport, natsUrl)]
}

function storagePlugin(storage: Storage, folder: string): PluginEntry {
  if (storage === 'file') return { use: '@menagerie/storage-file', with: { dataDir: folder } }
  if (storage === 'memory') return { use: '@menagerie/core/memory' }
  return { use: '@menagerie/storage-rocksdb', with: { path: folder, memtableMb: 4 } }
}

function transportPlugin(transport: Transport, natsUrl: string | undefined): PluginEntry {
  if (transport === 'tcp') return { use: '@menagerie/transport-tcp/peers' }
  if (natsUrl === undefined) throw new Error('an ensemble over NATS needs a nats-server')
  return { use: '@menagerie/transport-nats', with: { servers: natsUrl, heartbeatMs: 100, deadAfterMs: 4000 } }
}
