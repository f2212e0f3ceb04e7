import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Child } from './child.js'

/** A real server process on 127.0.0.1, Apache's or Menagerie's: tests take this and do not ask which. */
export interface ServerUnderTest {
  readonly name: 'apache' | 'menagerie'
  readonly port: number
  /** 127.0.0.1:port, as clients' connect strings have it. */
  readonly address: string
  /** dataDir of the configuration: version-2 is below it. It outlives restarts, and goes with {@link dispose}. */
  readonly dataDir: string
  /** What the process has printed since the last start. */
  output(): string
  /** Ends the process in order (SIGTERM) and waits for its end. */
  stop(): Promise<void>
  /** Ends it as a power cut would, without a chance to flush. */
  kill9(): Promise<void>
  /** Starts it again on the same port and data directory; ends it first if it runs. */
  restart(): Promise<void>
  /** Ends the process and removes what {@link start} made. */
  dispose(): Promise<void>
}

export interface StartOptions {
  /** Lines of zoo.cfg over the defaults of {@link zooCfg}. */
  config?: Record<string, string | number | boolean>
  /** An existing data directory to serve; it is not removed at the end. */
  dataDir?: string
  /** How many file descriptors the process may have; the system's limit where it is not given. */
  descriptorsMax?: number
}

/** zoo.cfg of a standalone server for tests: one client port on loopback, every four-letter word, no admin server. */
export function zooCfg(port: number, dataDir: string, config: StartOptions['config'] = {}): string {
  const settings = {
    dataDir,
    clientPort: port,
    clientPortAddress: '127.0.0.1',
    tickTime: 2000,
    maxClientCnxns: 0,
    'admin.enableServer': false,
    '4lw.commands.whitelist': '*',
    // super:test, the name and password that kazoo's own tests use as well
    'DigestAuthenticationProvider.superDigest': 'super:D/InIHSb7yEEbrWz8b9l71RjZJU=',
    ...config,
  }
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')
}

/** Resolves once the server answers `srvr` with its statistics, which it does when it serves requests. */
export async function untilServing(port: number, child: Child): Promise<void> {
  const deadline = Date.now() + 60_000
  for (;;) {
    if (!child.running) throw new Error(`the server ended at its start: ${child.command}\n${child.output}`)
    const answer = await fourLetterWord(port, 'srvr').catch(() => '')
    if (answer.includes('Zxid:')) return
    if (Date.now() > deadline) throw new Error(`not serving after 60 s: ${child.command}\n${child.output}`)
    await delay(50)
  }
}

/** Sends a four-letter word (or any text) and returns all that the server says before it closes. */
export function fourLetterWord(port: number, word: string, options: { halfClose?: boolean } = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    let text = ''
    socket.setEncoding('utf8')
    socket.setTimeout(20_000, () => socket.destroy(new Error(`no answer to ${word}`)))
    socket.on('error', reject)
    socket.on('data', part => (text += part))
    socket.on('end', () => {
      socket.end()
      resolve(text)
    })
    socket.on('connect', () => (options.halfClose ? socket.end(word) : socket.write(word)))
  })
}
