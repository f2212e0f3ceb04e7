import { adler32 } from '@menagerie/core'
import { putInt } from '@menagerie/core/jute'
import { readInt } from './file-header.js'

/**
 * How Apache closes the sections of a snapshot: the Adler-32 of *everything* before it in the file
 * (header, earlier sections and earlier seals), 8 bytes, and the string "/", 5 bytes.
 */
export const SEAL_LENGTH = 13

/**
 * Lengths of the sections that may follow the body, in the layouts that Apache writes: the tree digest
 * (zxid, version, digest: 20 bytes) since 3.6, the last processed zxid (8 bytes) since 3.9.
 */
const LAYOUTS: readonly (readonly number[])[] = [[20, 8], [20], [8], []]
/** Whether sections of these lengths may follow a body: only then can they be told from it again. */
export function isLayout(lengths: readonly number[]): boolean {
  return LAYOUTS.some(layout => layout.join() === lengths.join())
}

/** The most that a body can be followed by. */
const TAIL_MAX = 3 * SEAL_LENGTH + 28

export function makeSeal(adler: number): Uint8Array {
  const seal = new Uint8Array(SEAL_LENGTH)
  putInt(seal, 4, adler)
  putInt(seal, 8, 1)
  seal[12] = 0x2f
  return seal
}

/** Whether bytes look like a seal, leaving the checksum aside. */
function isSeal(bytes: Uint8Array, at: number): boolean {
  return at >= 0 && readInt(bytes, at) === 0 && readInt(bytes, at + 8) === 1 && bytes[at + 12] === 0x2f
}

/** Why a snapshot can not be trusted, and where. */
export interface SealFault {
  readonly offset: number
  readonly reason: string
}

/**
 * Takes a snapshot's bytes, seals and all, and gives back body and trailing sections without them.
 *
 * Where the body ends only its parser knows; but what may follow it is of a few fixed lengths, so the
 * last bytes are held back until the end is known, and the layout whose seals fit is the right one.
 */
export class SealRemover {
  private adler: number
  private position: number
  private held: Uint8Array = new Uint8Array(0)

  /** @param header what stood before the first chunk: summed, too */
  constructor(header: Uint8Array) {
    this.adler = adler32(header, 0, header.length)
    this.position = header.length
  }

  /** What of the body is certain after this chunk: views of it and of earlier ones. */
  push(chunk: Uint8Array): Uint8Array[] {
    const total = this.held.length + chunk.length
    const release = total - TAIL_MAX
    if (release <= 0) {
      this.held = concat(this.held, chunk)
      return []
    }
    const fromHeld = Math.min(release, this.held.length)
    const parts = [this.held.subarray(0, fromHeld), chunk.subarray(0, release - fromHeld)].filter(p => p.length > 0)
    this.held = concat(this.held.subarray(fromHeld), chunk.subarray(release - fromHeld))
    for (const part of parts) this.adler = adler32(part, 0, part.length, this.adler)
    this.position += release
    return parts
  }

  /** The rest of the body and the trailing sections, or why the snapshot is damaged. */
  finish(): Uint8Array[] | SealFault {
    let fault: SealFault | undefined
    for (const sections of LAYOUTS) {
      const result = this.tryLayout(sections)
      if (Array.isArray(result)) return result
      fault ??= result
    }
    return fault ?? { offset: this.position + this.held.length, reason: 'it does not end with a checksum' }
  }

  /** Undefined if the bytes are not of this layout at all. */
  private tryLayout(sections: readonly number[]): Uint8Array[] | SealFault | undefined {
    const { held } = this
    let at = held.length - sections.reduce((sum, length) => sum + length, 0) - (sections.length + 1) * SEAL_LENGTH
    const seals: number[] = []
    const parts = [held.subarray(0, Math.max(0, at))]
    for (const length of [...sections, 0]) {
      if (!isSeal(held, at)) return undefined
      seals.push(at)
      parts.push(held.subarray(at + SEAL_LENGTH, at + SEAL_LENGTH + length))
      at += SEAL_LENGTH + length
    }
    for (const seal of seals) {
      const found = readInt(held, seal + 4) >>> 0
      const computed = adler32(held, 0, seal, this.adler)
      if (found === computed) continue
      const reason = `the checksum is 0x${found.toString(16)}, the bytes before it give 0x${computed.toString(16)}`
      return { offset: this.position + seal, reason }
    }
    return parts.filter(part => part.length > 0)
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const result = new Uint8Array(a.length + b.length)
  result.set(a)
  result.set(b, a.length)
  return result
}
