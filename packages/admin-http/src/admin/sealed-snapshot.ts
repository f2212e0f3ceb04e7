import { splitSnapshot } from '@menagerie/core'

/**
 * A stored snapshot as the file that Apache would have written: header, sections and their seals, uncompressed. It is
 * read twice, once to know its length and that it is whole, once to be sent: a client is not told of damage by a
 * connection that breaks off.
 *
 * @param read gives all of its bytes, from the beginning each time. @throws SNAPSHOT_CORRUPT, SNAPSHOT_MISSING
 */
export async function sealedSnapshot(
  read: () => AsyncIterable<Uint8Array>,
): Promise<{ readonly length: number; readonly body: AsyncIterable<Uint8Array> }> {
  const { sealedBytes } = await import('@menagerie/storage-file/snapshot-file')
  let length = 0
  for await (const chunk of sealedBytes(splitSnapshot(read()))) length += chunk.length
  return { length, body: sealedBytes(splitSnapshot(read())) }
}
