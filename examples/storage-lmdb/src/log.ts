import { type Epochs, type LogRecord, type LogStorage, MenagerieError, type Zxid } from '@menagerie/core'
import { open, type RootDatabase } from 'lmdb'

const END = Number.MAX_SAFE_INTEGER

/** Records under their zxids, epochs under their names. */
export class LmdbLog implements LogStorage {
  private database: RootDatabase | undefined
  private readonly queued: LogRecord[] = []
  private last: Zxid = 0
  private durable: Zxid = 0
  /** After an error nothing more is written. */
  private failure: MenagerieError | undefined

  constructor(readonly location: string) {}

  async open(): Promise<Zxid> {
    // Without overlappingSync a transaction is on disk when it is over, which is what `sync` promises.
    this.database = open({ path: this.location, overlappingSync: false })
    return this.findEnd()
  }

  append(record: LogRecord): void {
    this.use()
    if (!(record.zxid > this.last)) {
      throw new MenagerieError('LOG_OUT_OF_ORDER', `record ${record.zxid} after ${this.last}`)
    }
    this.queued.push(record)
    this.last = record.zxid
  }

  /** One transaction for all that was appended since the last one: group commit. */
  async sync(): Promise<Zxid> {
    this.write(database => {
      for (const { zxid, bytes } of this.queued.splice(0)) database.put(zxid, Buffer.from(bytes))
    })
    return (this.durable = this.last)
  }

  async *read(from: Zxid, last = this.durable): AsyncGenerator<readonly LogRecord[]> {
    for (const { key, value } of this.use().getRange({ start: from, end: last + 1 })) {
      yield [{ zxid: key as Zxid, bytes: Buffer.from(value) }]
    }
  }

  async truncateAfter(last: Zxid): Promise<void> {
    await this.sync()
    this.write(database => remove(database, last + 1, END))
    this.findEnd()
  }

  /** A database has no segments. */
  roll = (): void => void this.use()

  /** The newest record stays: the log goes on from it. */
  async purgeThrough(last: Zxid): Promise<void> {
    this.write(database => remove(database, 0, Math.min(last + 1, this.durable)))
  }

  async size(): Promise<number> {
    return [...this.use().getRange({ start: 0, end: END })].reduce((sum, { value }) => sum + value.length, 0)
  }

  epochs(): Epochs {
    return { accepted: this.use().get('accepted') ?? -1, current: this.use().get('current') ?? -1 }
  }

  setAcceptedEpoch = async (epoch: number) => this.write(database => database.put('accepted', epoch))
  setCurrentEpoch = async (epoch: number) => this.write(database => database.put('current', epoch))

  async close(): Promise<void> {
    if (!this.database) return
    if (!this.failure) await this.sync()
    await this.database.close()
    this.database = undefined
  }

  private findEnd(): Zxid {
    const [last = 0] = [...this.use().getKeys({ start: END, end: 0, reverse: true, limit: 1 })] as Zxid[]
    return (this.durable = this.last = last)
  }

  private write(change: (database: RootDatabase) => unknown): void {
    const database = this.use()
    if (this.failure) throw this.failure
    try {
      database.transactionSync(() => void change(database))
    } catch (cause) {
      throw (this.failure = new MenagerieError('LOG_IO', `the log in ${this.location} failed: ${cause}`, { cause }))
    }
  }

  private use(): RootDatabase {
    if (!this.database) throw new MenagerieError('LOG_CLOSED', 'the log is not open')
    return this.database
  }
}

function remove(database: RootDatabase, start: Zxid, end: Zxid): void {
  for (const zxid of [...database.getKeys({ start, end })]) database.remove(zxid)
}
