import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

const folder = new URL('../../test/fixtures/apache-3.8.0/', import.meta.url)

/** A file that Apache wrote. */
export function apacheFile(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(name, folder)))
}

/** A log file that Apache wrote, with its zeros. */
export function apacheLog(name: string): Uint8Array {
  return new Uint8Array(gunzipSync(readFileSync(new URL(`plain/${name}.gzip`, folder))))
}
