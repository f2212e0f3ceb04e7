import { spawn } from 'node:child_process'
import { Child } from '../../support/child.js'
import { freePort } from '../../support/ports.js'

export interface Nats {
  readonly url: string
  end(): Promise<void>
}

/** Debian's nats-server on loopback. */
export async function startNats(): Promise<Nats> {
  const port = await freePort()
  const child = new Child(spawn('/usr/sbin/nats-server', ['-a', '127.0.0.1', '-p', String(port)]), 'nats-server')
  await child.until(/Server is ready/)
  return { url: `nats://127.0.0.1:${port}`, end: async () => void (await child.end()) }
}
