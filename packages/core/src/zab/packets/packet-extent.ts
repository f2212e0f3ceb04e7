import { MarshallingError } from '../../jute/reader.js'

/** Type, zxid and the length of the data. */
const HEAD_BYTES = 16
const DATA_LENGTH_AT = 12
const INT_BYTES = 4
/** An identity is two strings, each with a length. */
const STRINGS_PER_ID = 2
/** No server is configured to take as much. */
const BEYOND_ANY_LIMIT = 1 << 28

/**
 * Finds out where a QuorumPacket ends from as many of its bytes as there are. Each byte of a length is
 * looked at once, so a packet that trickles in costs no more than one that comes whole.
 */
export class PacketExtent {
  /** How many bytes of the packet have to be there before more can be said; its length once it is complete. */
  needed = HEAD_BYTES
  private stage: 'data' | 'ids' | 'string' = 'data'
  /** Where the next length stands. */
  private lengthAt = DATA_LENGTH_AT
  private stringsLeft = 0

  /** @param packetBytesMax What the data, and what a whole packet without its first 20 bytes, may have at most. */
  constructor(private readonly packetBytesMax: number) {}

  /** Whether what is needed now is not all: authinfo says piece by piece how long it is. */
  get mayGrow(): boolean {
    return this.stage === 'string'
  }

  /** Starts on the next packet. */
  restart(): void {
    this.needed = HEAD_BYTES
    this.stage = 'data'
    this.lengthAt = DATA_LENGTH_AT
  }

  /**
   * Looks at the packet whose first `available` bytes stand at `start`. True: {@link needed} is its length.
   * @throws MarshallingError a length is negative or beyond the limit
   */
  scan(bytes: Uint8Array, start: number, available: number): boolean {
    while (available >= this.needed) {
      const at = start + this.lengthAt
      if (this.stage === 'data') {
        const length = this.length(readInt(bytes, at), 'data')
        this.stage = 'ids'
        this.lengthAt = HEAD_BYTES + length
        this.needed = this.lengthAt + INT_BYTES
      } else if (this.stage === 'ids') {
        const count = this.length(readInt(bytes, at), 'authinfo')
        if (count === 0) return true
        this.stage = 'string'
        this.stringsLeft = count * STRINGS_PER_ID
        this.lengthAt += INT_BYTES
        this.reach(this.lengthAt + INT_BYTES)
      } else {
        // Behind the last string there is nothing, so its end is the packet's.
        if (this.stringsLeft === 0) return true
        const length = this.length(readInt(bytes, at), 'a string of authinfo')
        this.stringsLeft--
        this.lengthAt += INT_BYTES + length
        this.reach(this.stringsLeft === 0 ? this.lengthAt : this.lengthAt + INT_BYTES)
      }
    }
    return false
  }

  /** A length or count that is fit to go on with; that of null is 0. */
  private length(value: number, of: string): number {
    if (value < -1 || value > this.packetBytesMax) {
      // What is no packet at all says most often that it has hundreds of megabytes: four letters of some text.
      const plausible = value > 0 && value < BEYOND_ANY_LIMIT
      throw new MarshallingError(
        `a quorum packet with an unreasonable length of ${of}: ${value}, outside -1 to ${this.packetBytesMax}${plausible ? '; jute.maxbuffer has to be the same on all servers' : ''}`,
      )
    }
    return value === -1 ? 0 : value
  }

  private reach(needed: number): void {
    if (needed - HEAD_BYTES - INT_BYTES > this.packetBytesMax) {
      throw new MarshallingError(`a quorum packet of ${needed} bytes or more, above ${this.packetBytesMax}`)
    }
    this.needed = needed
  }
}

export function readInt(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]
}
