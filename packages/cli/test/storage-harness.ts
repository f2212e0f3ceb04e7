/** Data directories to look at and to copy, and the commands that do so. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateMode, connect } from '@menagerie/client'
import { type ConfiguredPlugin, Server } from '@menagerie/core'
import { transportTcp } from '@menagerie/transport-tcp'
import type { Test } from 'tap'
import { storageCopy } from '../dist/commands/storage-copy.js'
import { storageInspect, storageVerify } from '../dist/commands/storage-inspect.js'
import type { Progress } from '../dist/storage/progress.js'

export function temporary(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'menagerie-storage-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  return folder
}

export async function serving(
  storage: ConfiguredPlugin,
  work: (address: string, server: Server) => Promise<void>,
): Promise<void> {
  const server = await Server.start({ plugins: [storage, transportTcp({ listen: [{ host: '127.0.0.1', port: 0 }] })] })
  try {
    await work(`127.0.0.1:${server.addresses[0]!.port}`, server)
  } finally {
    await server.close()
  }
}

const text = (value: string) => new TextEncoder().encode(value)

/** A tree with a session that is still open, two snapshots, and transactions after them. */
export async function fill(storage: ConfiguredPlugin): Promise<void> {
  await serving(storage, async (address, server) => {
    const client = await connect(address)
    await client.create('/big', text('x'.repeat(5000)))
    for (let i = 0; i < 20; i++) await client.create(`/big/${i}`, text('y'.repeat(1000)))
    await server.snapshot()
    await client.create('/small', null)
    await client.create('/small/one', text('z'))
    await client.create('/small/ephemeral', null, { mode: CreateMode.EPHEMERAL })
    await client.detach()
  })
}

/** Runs a command and keeps what it prints. */
export async function run(
  command: (io: { out(text: string): void; err(text: string): void; env: object }) => Promise<number>,
) {
  let out = ''
  let err = ''
  const code = await command({
    out: text => {
      out += text
    },
    err: text => {
      err += text
    },
    env: {},
  })
  return { code, out, err }
}

export const noProgress: Progress = { start() {}, add() {}, stop() {} }
export const copy = (from: string, to: string, progress = noProgress) =>
  run(io => storageCopy({ from, to }, io as never, progress))
export const verify = (address: string) => run(io => storageVerify(address, io as never))
export const inspect = (address: string, options: object = {}) =>
  run(io => storageInspect(address, { depth: 2, top: 10, ...options }, io as never))

export const digestOf = (output: string) => /digest ([0-9a-f]{16})/.exec(output)?.[1]

/** Changes a byte in the first record of the log. */
export function damageLog(files: string): string {
  const folder = join(files, 'version-2')
  const name = readdirSync(folder)
    .filter(name => name.startsWith('log.'))
    .sort()[0]!
  const content = readFileSync(join(folder, name))
  content[60]! ^= 1
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}

export function damageSnapshot(files: string, name: string): void {
  const path = join(files, 'version-2', name)
  const content = readFileSync(path)
  content[content.length >> 1]! ^= 1
  writeFileSync(path, content)
}
