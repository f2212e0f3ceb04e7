import { EPOCH_MAX, type Epochs, MenagerieError } from '@menagerie/core/plugin'
import { getLong, nameKey, zxidKey } from '../database/keys.js'
import type { RocksDatabase } from '../database/rocks-database.js'
import { reading } from './log-entries.js'

const KEYS = { accepted: nameKey('acceptedEpoch'), current: nameKey('currentEpoch') }

/** What Zab has promised, beside the records: 8 bytes for each epoch, nothing where none was ever set. */
export class StoredEpochs {
  private known: Epochs = { accepted: -1, current: -1 }

  constructor(private readonly database: RocksDatabase) {}

  /** @throws LOG_CORRUPT */
  async load(): Promise<void> {
    this.known = { accepted: await this.read('accepted'), current: await this.read('current') }
  }

  values(): Epochs {
    return this.known
  }

  /** The database first, memory second: nobody acts on an epoch that a crash would forget. */
  async set(which: keyof Epochs, epoch: number): Promise<void> {
    const puts = [{ key: KEYS[which], value: zxidKey(epoch) }] as const
    await this.database.write({ puts, sync: true })
    this.known = { ...this.known, [which]: epoch }
  }

  private async read(which: keyof Epochs): Promise<number> {
    const value = await reading(this.database, () => this.database.get(KEYS[which]))
    if (!value) return -1
    const epoch = value.length === 8 ? getLong(value, 0) : Number.NaN
    if (epoch >= 0 && epoch <= EPOCH_MAX) return epoch
    const message = `the ${which} epoch in ${this.database.path} is 0x${value.toString('hex')}, expected a number from 0 to ${EPOCH_MAX}`
    throw new MenagerieError('LOG_CORRUPT', message)
  }
}
