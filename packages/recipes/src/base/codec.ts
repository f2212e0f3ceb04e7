/** How values become the bytes of a znode. */
import { RecipeError } from './errors.js'
import { argument } from './paths.js'
import { text, utf8 } from './text.js'

/** Both directions between a value and its bytes. `decode` may throw anything: it is reported as RECIPE_DATA_INVALID. */
export interface Codec<T> {
  /** @throws what says why the value cannot be stored; nothing is sent then */
  encode(value: T): Uint8Array
  /** @throws anything: it becomes the cause of RECIPE_DATA_INVALID */
  decode(bytes: Uint8Array): T
}

/** Bytes as they are. `encode` @throws RECIPE_ARGUMENT for anything else */
export const bytesCodec: Codec<Uint8Array> = {
  encode(bytes) {
    if (bytes instanceof Uint8Array) return bytes
    throw argument(
      `this must be a Uint8Array, found a ${typeof bytes}: for other values give a codec, such as textCodec`,
    )
  },
  decode: bytes => bytes,
}

/** Text in UTF-8. `encode` @throws RECIPE_ARGUMENT for anything but a string */
export const textCodec: Codec<string> = {
  encode(value) {
    if (typeof value === 'string') return utf8(value)
    throw argument(`this must be a string, found a ${typeof value}: for other values give a codec, such as jsonCodec()`)
  },
  decode: text,
}

/**
 * JSON in UTF-8. The type is a claim: nothing checks what others have written. `encode` @throws RECIPE_ARGUMENT for what JSON
 * has no word for: undefined, a function
 */
export function jsonCodec<T>(): Codec<T> {
  return {
    encode(value) {
      const json = JSON.stringify(value) as string | undefined
      if (json === undefined) throw argument(`JSON cannot hold what is of type ${typeof value}`)
      return utf8(json)
    },
    decode: bytes => JSON.parse(text(bytes)) as T,
  }
}

/** 32 bits, big-endian: Curator's SharedCount and DistributedAtomicInteger. */
export const int32Codec: Codec<number> = {
  encode(value) {
    if ((value | 0) !== value) throw argument(`${value} is not a whole number of 32 bits`)
    const bytes = new Uint8Array(4)
    new DataView(bytes.buffer).setInt32(0, value)
    return bytes
  },
  decode: bytes => viewOf(bytes, 4).getInt32(0),
}

/** 64 bits, big-endian: Curator's DistributedAtomicLong. */
export const int64Codec: Codec<bigint> = {
  encode(value) {
    if (BigInt.asIntN(64, value) !== value) throw argument(`${value} does not fit into 64 bits`)
    const bytes = new Uint8Array(8)
    new DataView(bytes.buffer).setBigInt64(0, value)
    return bytes
  },
  decode: bytes => viewOf(bytes, 8).getBigInt64(0),
}

/** A number as text: kazoo's Counter. */
export const decimalCodec: Codec<number> = {
  encode(value) {
    if (!Number.isFinite(value)) throw argument(`${value} is not a number that text can hold`)
    return utf8(String(value))
  },
  decode(bytes) {
    const found = text(bytes)
    if (!/^-?\d+(\.\d+)?(e[-+]?\d+)?$/i.test(found)) throw new Error(`found the text ${JSON.stringify(found)}`)
    return Number(found)
  },
}

function viewOf(bytes: Uint8Array, length: number): DataView {
  if (bytes.length !== length) throw new Error(`found ${bytes.length} bytes where ${length} are expected`)
  return new DataView(bytes.buffer, bytes.byteOffset, length)
}

/** Decodes what somebody else wrote. @throws RECIPE_DATA_INVALID with path and cause */
export function decodeAt<T>(codec: Codec<T>, path: string, bytes: Uint8Array): T {
  try {
    return codec.decode(bytes)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new RecipeError('RECIPE_DATA_INVALID', `${path} holds what this recipe cannot read: ${reason}`, {
      cause: error,
    })
  }
}
