/** The program behind {@link ProcessServer}. */
import fs from 'node:fs'
import { Socket } from 'node:net'
import { type Logger, Server } from '@menagerie/core'
import { storageFile } from '@menagerie/storage-file'
import { transportTcp } from '@menagerie/transport-tcp'
import type { Command } from './process-server.js'

const { settings, storage, lingerMs } = JSON.parse(process.argv[2])
const line = (level: string) => (fields: object, message: string) =>
  console.log(JSON.stringify({ level, message, ...fields }))
const logger: Logger = { debug() {}, info: line('info'), warn: line('warn'), error: line('error') } as Logger

/** Lets writes fail as a full or broken disk does: node's own functions, so that nothing of ours is bypassed. */
let failing: { path: string; code: string; after: number } | undefined
const paths = new Map<number, string>()
const { open, write } = fs
fs.open = ((path: string, flags: number, mode: number, callback: (error: Error | null, fd: number) => void) =>
  open(path, flags, mode, (error, fd) => {
    if (!error) paths.set(fd, path)
    callback(error, fd)
  })) as typeof fs.open
fs.write = ((fd: number, bytes: Uint8Array, at: number, length: number, position: number, callback: never) => {
  const path = paths.get(fd)
  if (failing !== undefined && path?.includes(failing.path) && failing.after-- <= 0) {
    const error = Object.assign(new Error(`${failing.code}: made up for a test`), { code: failing.code })
    setImmediate(callback as (error: Error) => void, error)
    return
  }
  write(fd, bytes, at, length, position, callback)
}) as typeof fs.write

/**
 * What connections hold that the system has not taken, be they Node's sockets or the handles below them. Node tells its
 * open handles by an underscored function only.
 */
function unsentBytes(): number {
  const { _getActiveHandles } = process as unknown as { _getActiveHandles(): object[] }
  let sum = 0
  for (const handle of _getActiveHandles.call(process)) {
    if (handle instanceof Socket) sum += handle.writableLength
    else if (handle.constructor.name === 'TCP' && 'writeQueueSize' in handle) sum += Number(handle.writeQueueSize)
  }
  return sum
}

function tell(message: unknown): void {
  process.send?.(message)
}

async function main(): Promise<void> {
  const server = await Server.start({
    settings,
    logger,
    plugins: [
      transportTcp({ listen: [{ port: 0 }], ...(lingerMs === undefined ? {} : { lingerMs }) }),
      storageFile(storage),
    ],
  })
  process.on('message', async (command: Command) => {
    switch (command.type) {
      case 'memory':
        for (let i = 0; i < 3; i++) {
          global.gc?.()
          await new Promise(resolve => setImmediate(resolve))
        }
        tell(process.memoryUsage())
        return
      case 'unsent':
        tell(unsentBytes())
        return
      case 'snapshot':
        tell(await server.snapshot().then(() => null, String))
        return
      case 'failWrites':
        failing = { path: command.path, code: command.code, after: command.after ?? 0 }
        tell(null)
        return
      case 'close':
        await server.close()
    }
  })
  // The parent went away: nobody will end this process.
  process.on('disconnect', () => process.exit(3))
  tell({ port: server.addresses[0].port })
  const failure = await server.stopped
  if (failure) console.log(`stopped: ${failure.message}`)
  process.exit(failure ? 1 : 0)
}

main().catch(error => {
  tell({ error: String(error) })
  process.exitCode = 1
  process.disconnect?.()
})
