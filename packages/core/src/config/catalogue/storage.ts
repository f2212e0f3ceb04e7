import { bool, fraction, int, oneOf, path, propertyInt, yesNo } from '../value-kinds.js'
import { accepted, ensemble, honoured, type KeyGroup } from './key.js'

const hour = 3_600_000

export const storage: KeyGroup = {
  title: 'Data directory, log and snapshots',
  keys: [
    honoured('storage.dataDir')('dataDir', path, '', 'directory of the snapshots; required'),
    honoured('storage.dataLogDir')(
      'dataLogDir',
      path,
      '',
      'directory of the transaction log; dataDir unless given. A disk of its own is faster',
    ),
    honoured('settings.snapCount')(
      'snapCount',
      propertyInt(),
      '100000',
      'transactions between two snapshots; taken at random between half of it and all of it',
      { unit: 'transactions', raisedTo: 2 },
    ),
    honoured('settings.snapSizeLimitInKb')(
      'snapSizeLimitInKb',
      propertyInt({ min: -Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }),
      '4194304',
      'log size between two snapshots; 0 or less is no limit',
      { unit: 'KiB' },
    ),
    honoured('storage.txnLogSizeLimitInKb')(
      'txnLogSizeLimitInKb',
      propertyInt({ min: -1, max: Number.MAX_SAFE_INTEGER }),
      '-1',
      'size at which a new log file is begun; -1 is no limit',
      { unit: 'KiB' },
    ),
    honoured('storage.preAllocSizeKb')(
      'preAllocSize',
      propertyInt({ min: 0 }),
      '65536',
      'steps in which a log file grows on disk',
      { unit: 'KiB' },
    ),
    honoured('storage.forceSync')(
      'forceSync',
      yesNo,
      'yes',
      'flush each transaction to disk before it is acknowledged. With no, a power cut loses acknowledged writes',
    ),
    honoured('storage.fsyncWarningThresholdMs', (value: number) => Math.max(value, 1))(
      'fsync.warningthresholdms',
      propertyInt({ min: 0, max: Number.MAX_SAFE_INTEGER }),
      '1000',
      'length of a flush that is worth a warning',
      { unit: 'ms' },
    ),
    honoured('storage.snapshotCompression')(
      'snapshot.compression.method',
      oneOf('', 'gz', 'snappy'),
      '',
      'how snapshots are compressed',
    ),
    honoured('settings.snapshotTrustEmpty')(
      'snapshot.trust.empty',
      bool,
      'false',
      'start from a log without any snapshot; for one start after an upgrade from 3.4',
    ),
    honoured('settings.serializeLastProcessedZxidEnabled')(
      'serializeLastProcessedZxid.enabled',
      bool,
      'true',
      'end snapshots with the last processed zxid; servers before 3.9 do not write it',
    ),
    honoured('storage.autocreate')('datadir.autocreate', bool, 'true', 'create the data directories'),
    accepted('an empty data directory is a new database; whether it may vote matters in an ensemble only')(
      'db.autocreate',
      bool,
      'true',
      'take an empty data directory for a new database',
    ),
    honoured('settings.autopurgeSnapRetainCount')(
      'autopurge.snapRetainCount',
      int(),
      '3',
      'snapshots that autopurge keeps, with the logs they need',
      { unit: 'snapshots', raisedTo: 3 },
    ),
    honoured('settings.autopurgePurgeIntervalMs', (hours: number) => Math.max(hours, 0) * hour)(
      'autopurge.purgeInterval',
      int(),
      '0',
      'between two purges of old snapshots and logs; 0 is never',
      { unit: 'hours' },
    ),
    ensemble('commitLogCount', propertyInt(), '500', 'transactions kept in memory for learners', {
      unit: 'transactions',
    }),
    ensemble(
      'snapshotSizeFactor',
      fraction,
      '0.33',
      'missing transactions, as part of the znodes, up to which a learner is sent the log instead of a snapshot',
    ),
  ],
}
