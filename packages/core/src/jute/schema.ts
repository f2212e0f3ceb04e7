import type { JuteReader } from './reader.js'
import type { JuteWriter } from './writer.js'

/** How one value is read and written. Records are codecs of their own, so they nest. */
export interface Codec<T> {
  read(reader: JuteReader): T
  write(writer: JuteWriter, value: T): void
}

/** The type of what a codec reads. */
export type Decoded<C> = C extends Codec<infer T> ? T : never

/** One byte. */
export const bool: Codec<boolean> = { read: r => r.bool(), write: (w, v) => w.bool(v) }
/** 32 bits with a sign. */
export const int: Codec<number> = { read: r => r.int(), write: (w, v) => w.int(v) }
/** 64 bits as a number: zxids, times. */
export const long: Codec<number> = { read: r => r.long(), write: (w, v) => w.long(v) }
/** 64 bits as a bigint: session ids, ephemeral owners, digests. */
export const long64: Codec<bigint> = { read: r => r.long64(), write: (w, v) => w.long64(v) }
/** Bytes with their length before them; null is length -1. */
export const buffer: Codec<Uint8Array | null> = { read: r => r.buffer(), write: (w, v) => w.buffer(v) }
/** A string that is there; null on the wire reads as empty. */
export const ustring: Codec<string> = { read: r => r.ustring() ?? '', write: (w, v) => w.ustring(v) }
/** UTF-8 with its length in bytes before it; null is length -1. */
export const nullableString: Codec<string | null> = { read: r => r.ustring(), write: (w, v) => w.ustring(v) }

/** Elements with their number before them; null is -1. */
export function vector<T>(element: Codec<T>): Codec<T[] | null> {
  return {
    read(reader) {
      const length = reader.vectorLength()
      if (length === -1) return null
      const values: T[] = []
      for (let i = 0; i < length; i++) values.push(element.read(reader))
      return values
    },
    write(writer, values) {
      if (values === null) {
        writer.int(-1)
        return
      }
      writer.int(values.length)
      for (const value of values) element.write(writer, value)
    },
  }
}

/**
 * A jute record: its fields in wire order. Declared once, it gives the TypeScript type, the reader
 * and the writer. The paths that carry the load (requests.ts) read their few fields by hand instead.
 */
// biome-ignore lint/suspicious/noExplicitAny: the only type that every codec is assignable to
export function record<F extends Record<string, Codec<any>>>(fields: F): Codec<{ [K in keyof F]: Decoded<F[K]> }>
export function record(fields: Record<string, Codec<unknown>>): Codec<Record<string, unknown>> {
  const entries = Object.entries(fields)
  return {
    read(reader) {
      const value: Record<string, unknown> = {}
      for (const [name, codec] of entries) value[name] = codec.read(reader)
      return value
    },
    write(writer, value) {
      for (const [name, codec] of entries) codec.write(writer, value[name])
    },
  }
}
