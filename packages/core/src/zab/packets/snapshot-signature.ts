import { encodeUtf8 } from '../../jute/utf8.js'
import { JuteWriter } from '../../jute/writer.js'

/** What ends a snapshot on a link, as a jute string: without it the snapshot is not whole. */
export const SNAPSHOT_SIGNATURE_TEXT = 'BenWasHere'

/** {@link SNAPSHOT_SIGNATURE_TEXT} in jute, as it ends a snapshot on a link. */
export const SNAPSHOT_SIGNATURE: Uint8Array = signature()

function signature(): Uint8Array {
  const writer = new JuteWriter(4 + encodeUtf8(SNAPSHOT_SIGNATURE_TEXT).length)
  writer.ustring(SNAPSHOT_SIGNATURE_TEXT)
  return writer.take()
}
