/** Apache ZooKeeper as Debian packages it, for tests that ask the real server. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { RealServer } from './real-server.js'

const JAR = '/usr/share/java/zookeeper.jar'
const CLASS_PATH = `${JAR}:/usr/share/java/slf4j-nop.jar`

export const apacheIsInstalled = existsSync(JAR)

/** Starts a standalone server; resolves when it accepts connections. */
export async function startApache(): Promise<RealServer> {
  const folder = mkdtempSync(join(tmpdir(), 'menagerie-client-'))
  const port = await freePort()
  const config = join(folder, 'zoo.cfg')
  writeFileSync(
    config,
    [
      `dataDir=${join(folder, 'data')}`,
      `clientPort=${port}`,
      'clientPortAddress=127.0.0.1',
      'tickTime=500',
      'admin.enableServer=false',
      'extendedTypesEnabled=true',
      '',
    ].join('\n'),
  )
  let end: (() => Promise<void>) | undefined
  const start = async () => {
    const args = ['-Xmx256m', '-Dzookeeper.extendedTypesEnabled=true', '-cp', CLASS_PATH]
    const child = spawn('java', [...args, 'org.apache.zookeeper.server.quorum.QuorumPeerMain', config], {
      stdio: 'ignore',
    })
    const exited = once(child, 'exit')
    const killed = () => child.kill('SIGKILL')
    process.once('exit', killed)
    end = async () => {
      process.off('exit', killed)
      child.kill('SIGKILL')
      await exited
    }
    while (!(await answers(port))) {
      if (child.exitCode !== null) throw new Error(`Apache ZooKeeper ended with ${child.exitCode}`)
      await delay(50)
    }
  }
  const stop = async () => {
    await end?.()
    end = undefined
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

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/**
 * Whether the server serves: it listens a while before that, and closes on everyone, but for a connection
 * that it takes in the instant before it knows its own state: that one it forgets, open and unanswered.
 */
async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1', () => socket.write('srvr'))
  socket.setTimeout(1000, () => socket.destroy())
  let answer = ''
  socket.on('data', bytes => {
    answer += bytes.toString()
  })
  socket.on('error', () => {})
  await new Promise(resolve => socket.on('close', resolve))
  return answer.includes('Mode:')
}
