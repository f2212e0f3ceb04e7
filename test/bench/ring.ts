import { putInt } from '@menagerie/core/jute'
import { XID_AT } from './frames.js'

/**
 * Requests encoded once and sent over and over: slots that lie end to end in one buffer, of which a run of slots is
 * one write. A slot is used again only after its reply, so that its bytes may be handed to the socket uncopied; it
 * takes at least as many slots as requests are outstanding.
 */
export class Ring {
  readonly slots: number
  readonly bytes: Buffer
  /** Where each slot starts, and where the last one ends. */
  readonly offsets: Int32Array

  /**
   * @param frames one for each slot
   * @param kinds what each slot counts as in the latencies (0 read, 1 write)
   * @param prepare called before a slot is sent again, to make the request differ; false ends the load
   */
  constructor(
    frames: readonly Buffer[],
    readonly kinds: Uint8Array,
    readonly prepare: ((bytes: Buffer, at: number) => boolean) | null = null,
  ) {
    this.slots = frames.length
    this.bytes = Buffer.concat(frames)
    this.offsets = new Int32Array(frames.length + 1)
    for (const [index, frame] of frames.entries()) this.offsets[index + 1] = this.offsets[index] + frame.length
  }

  setXid(slot: number, xid: number): void {
    putInt(this.bytes, this.offsets[slot] + XID_AT, xid)
  }
}

/** Writes a number into a frame as decimal digits, the last at `end - 1`. */
export function putDigits(bytes: Uint8Array, at: number, digits: number, value: number): void {
  let rest = value
  for (let index = at + digits - 1; index >= at; index--) {
    bytes[index] = 48 + (rest % 10)
    rest = Math.floor(rest / 10)
  }
}
