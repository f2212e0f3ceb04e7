import type { LogRecord } from '@menagerie/core'
import { OpCode } from '@menagerie/core/jute'
import type { ExpectedMutation } from './index.js'
import { wrap } from './wrap.js'

/** Where a record's transaction type stands: after session, cxid, zxid and time. */
const TYPE_AT = 28

export const storageMutations: readonly ExpectedMutation[] = [
  {
    name: 'acknowledges before the sync',
    seedsMax: 20,
    log(log) {
      let last = 0
      return wrap(log, {
        append(record) {
          log.append(record)
          last = record.zxid
        },
        async sync() {
          log.sync().catch(() => {})
          return last
        },
      })
    },
  },
  {
    name: 'cuts a whole record with the torn tail',
    seedsMax: 20,
    log: (log, { random }) =>
      wrap(log, {
        async open() {
          const last = await log.open()
          if (last < 2 || random.chance(0.5)) return last
          await log.truncateAfter(last - 1)
          return last - 1
        },
      }),
  },
  {
    name: 'leaves out a record when it reads the log',
    seedsMax: 20,
    log: log =>
      wrap(log, {
        async *read(from) {
          for await (const batch of log.read(from))
            yield batch.length > 2 ? batch.slice(0, -2).concat(batch.slice(-1)) : batch
        },
      }),
  },
  {
    name: 'forgets the ends of sessions when it reads the log',
    seedsMax: 60,
    log: log =>
      wrap(log, {
        async *read(from) {
          for await (const batch of log.read(from)) yield batch.filter(record => typeOf(record) !== OpCode.closeSession)
        },
      }),
  },
  {
    name: 'writes the log of a batch without its first record',
    seedsMax: 20,
    log(log) {
      let beginsBatch = true
      return wrap(log, {
        append(record) {
          if (!beginsBatch || record.zxid < 10) log.append(record)
          beginsBatch = false
        },
        sync() {
          beginsBatch = true
          return log.sync()
        },
      })
    },
  },
  {
    name: 'names a snapshot after a later transaction than it holds',
    seedsMax: 40,
    snapshotter: snapshotter =>
      wrap(snapshotter, { write: (zxid, source) => snapshotter.write(zxid === 0 ? 0 : zxid + 1, source) }),
  },
]

function typeOf({ bytes }: LogRecord): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getInt32(TYPE_AT)
}
