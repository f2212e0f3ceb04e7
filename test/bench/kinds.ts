/** What can be measured: Apache, and Menagerie of various parts. */

/** Storage and, in an ensemble, transport of a Menagerie that is not made of the usual ones. */
export interface Parts {
  storage: 'file' | 'rocksdb' | 'memory'
  transport: 'tcp' | 'nats'
}

const PARTS = {
  menagerie: { storage: 'file', transport: 'tcp' },
  'menagerie-rocksdb': { storage: 'rocksdb', transport: 'tcp' },
  'menagerie-memory': { storage: 'memory', transport: 'tcp' },
  'menagerie-nats': { storage: 'file', transport: 'nats' },
  'menagerie-rocksdb-nats': { storage: 'rocksdb', transport: 'nats' },
} as const satisfies Record<string, Parts>

/** `fake` answers without doing anything, and shows the limit of the load generator. */
export type ServerKind = 'apache' | 'fake' | keyof typeof PARTS

export const NATS_SERVER = '/usr/sbin/nats-server'

/** Undefined for what is no Menagerie. */
export function partsOf(kind: ServerKind): Parts | undefined {
  return kind === 'apache' || kind === 'fake' ? undefined : PARTS[kind]
}

export const isMenagerie = (kind: ServerKind): boolean => partsOf(kind) !== undefined

/** Whether the server writes snapshots as files that can be counted. */
export const writesSnapshotFiles = (kind: ServerKind): boolean => kind === 'apache' || partsOf(kind)?.storage === 'file'
