import { MenagerieError, type Zxid } from '@menagerie/core'

/** LOG_CORRUPT with its place: what was written here has changed, or is gone. */
export class LogDamage extends MenagerieError {
  constructor(
    readonly file: string,
    /** Byte offset of the first damaged record. */
    readonly offset: number,
    readonly reason: string,
    /** The last sound record before it in the file; 0: none. */
    readonly last: Zxid = 0,
  ) {
    super('LOG_CORRUPT', `${file} is damaged at byte ${offset}: ${reason}`)
  }
}

/** What {@link FileLog.open} removed from the end of the log: a write that a crash interrupted. */
export interface TornTail {
  readonly file: string
  /** Where the file ends now; the file is gone if it held no whole record. */
  readonly offset: number
  /** Bytes that were there of the interrupted write. */
  readonly bytes: number
}
