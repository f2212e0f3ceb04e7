import { payload } from '@menagerie/core/contract'
import { ACL, JuteWriter } from '@menagerie/core/jute'

/** One array of many. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

export interface SnapshotSample {
  readonly sessions?: number
  readonly acls?: number
  readonly paths?: readonly (string | null)[]
  readonly signature?: string
}

/** A snapshot as a leader streams it: two sessions, two ACLs, the root and two znodes, the end, the signature. */
export function smallSnapshot(sample: SnapshotSample = {}): Uint8Array {
  const { sessions = 2, acls = 2, paths = ['', '/a', '/a/b', '/'], signature = 'BenWasHere' } = sample
  const writer = new JuteWriter()
  writer.int(sessions)
  for (let n = 0; n < sessions; n++) {
    writer.long64(0x100000000000000n + BigInt(n))
    writer.int(30_000)
  }
  writer.int(acls)
  for (let n = 0; n < acls; n++) {
    writer.long(n + 1)
    writer.int(n)
    for (let entry = 0; entry < n; entry++) writeAcl(writer)
  }
  for (const path of paths) {
    writer.ustring(path)
    if (path === '/') break
    writer.buffer(path === '/a' ? null : payload(path?.length ?? 0))
    writer.long(1)
    writer.raw(new Uint8Array(60).fill(0xff))
  }
  writer.ustring(signature)
  return writer.take()
}

function writeAcl(writer: JuteWriter): void {
  ACL.write(writer, { perms: 31, id: { scheme: 'world', id: 'anyone' } })
}
