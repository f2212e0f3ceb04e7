/** Menagerie on files and a free port, in this process. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Server } from '@menagerie/core'
import { storageFile } from '@menagerie/storage-file'
import { transportTcp } from '@menagerie/transport-tcp'
import type { RealServer } from './real-server.js'

export async function startMenagerie(): Promise<RealServer> {
  const folder = mkdtempSync(join(tmpdir(), 'menagerie-client-'))
  let port = 0
  let server: Server | undefined
  const start = async () => {
    server = await Server.start({
      settings: { tickTimeMs: 500, extendedTypesEnabled: true },
      plugins: [transportTcp({ listen: [{ port }] }), storageFile({ dataDir: folder, preAllocSizeKb: 0 })],
    })
    port = server.addresses[0].port
  }
  const stop = async () => {
    await server?.close()
    server = undefined
  }
  await start()
  return {
    port,
    start,
    stop,
    async dispose() {
      await stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
