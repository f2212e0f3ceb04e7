/**
 * The encoding of Curator's queue entries: int32 version 0x00010001, then for each item a byte 0x01, its length as
 * int32 and its bytes, and a byte 0x02 at the end. All big-endian.
 */
const VERSION = 0x0001_0001
const ITEM = 1
const END = 2

export function encodeItems(items: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(items.reduce((length, item) => length + 5 + item.length, 5))
  const view = new DataView(bytes.buffer)
  view.setInt32(0, VERSION)
  let at = 4
  for (const item of items) {
    view.setUint8(at, ITEM)
    view.setInt32(at + 1, item.length)
    bytes.set(item, at + 5)
    at += 5 + item.length
  }
  view.setUint8(at, END)
  return bytes
}

/** @throws Error that says what is wrong and where */
export function decodeItems(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (bytes.length < 4) throw new Error(`an entry of ${bytes.length} bytes is too short for its version`)
  if (view.getInt32(0) !== VERSION) throw new Error(`version ${view.getInt32(0).toString(16)}, expected 10001`)
  const items: Uint8Array[] = []
  for (let at = 4; ; ) {
    if (at >= bytes.length) throw new Error(`the entry ends at byte ${at} without its end mark`)
    const mark = bytes[at]
    if (mark === END) return items
    if (mark !== ITEM) throw new Error(`mark ${mark} at byte ${at}, expected 1 or 2`)
    const length = at + 5 <= bytes.length ? view.getInt32(at + 1) : -1
    const end = at + 5 + length
    if (length < 0 || end > bytes.length) throw new Error(`the item at byte ${at} is cut short`)
    items.push(bytes.slice(at + 5, end))
    at = end
  }
}
