import type { InjectionToken } from 'tsyringe'

/**
 * CRC-32 (IEEE 802.3, as java.util.zip.CRC32), for the digest of the tree. The kernel has one of its own; platforms
 * have faster ones.
 *
 * @param crc what an earlier part gave, 0 to begin
 * @returns the checksum of that part and `bytes[start, end)`, unsigned
 */
export type Crc32 = (bytes: Uint8Array, start: number, end: number, crc: number) => number

/** Where the server looks for a CRC-32; by default its own, in JavaScript. */
export const CRC32: InjectionToken<Crc32> = Symbol.for('menagerie.Crc32')
