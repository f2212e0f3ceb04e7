import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startChild } from './child.js'
import { freePort } from './ports.js'
import { startServerProcess } from './server-process.js'
import { type ServerUnderTest, type StartOptions, zooCfg } from './server-under-test.js'
import { tempDir } from './temp-dir.js'

/** Where Debian's packages put Apache's server and clients; its manifest names the libraries it needs. */
const DEBIAN_JAR = '/usr/share/java/zookeeper.jar'
/** What Netty needs for TLS and the manifest does not name. */
const NETTY_JARS = '/usr/share/java/netty-codec.jar:/usr/share/java/netty-resolver.jar'

/**
 * The class path of the Apache server that the tests ask. MENAGERIE_APACHE_CLASSPATH names another
 * release than Debian's, for instance the one that the golden recordings are made with.
 */
export function apacheClassPath(): string {
  return process.env.MENAGERIE_APACHE_CLASSPATH ?? `${DEBIAN_JAR}:${NETTY_JARS}`
}

export function apacheInstalled(): boolean {
  return process.env.MENAGERIE_APACHE_CLASSPATH !== undefined || existsSync(DEBIAN_JAR)
}

/** One core and little memory: many servers start and stop in a test run. */
export const JAVA_FLAGS = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx256m', '-Djava.net.preferIPv4Stack=true']

/** Keys that Apache reads as Java properties without a prefix: it ignores them in zoo.cfg. */
const BARE_PROPERTIES = [
  'jute.maxbuffer',
  'readonlymode.enabled',
  'znode.container.checkIntervalMs',
  'java.security.auth.login.config',
]

function systemProperties(config: StartOptions['config'] = {}): string[] {
  return BARE_PROPERTIES.filter(key => key in config).map(key => `-D${key}=${config[key]}`)
}

/** Apache's standalone server in a process of its own. Use `await using`, or call dispose. */
export async function startApache(options: StartOptions = {}): Promise<ServerUnderTest & AsyncDisposable> {
  const port = await freePort()
  const home = tempDir('apache')
  const dataDir = options.dataDir ?? join(home, 'data')
  const configFile = join(home, 'zoo.cfg')
  writeFileSync(configFile, zooCfg(port, dataDir, options.config))
  const main = 'org.apache.zookeeper.server.quorum.QuorumPeerMain'
  const args = [...JAVA_FLAGS, ...systemProperties(options.config), '-cp', apacheClassPath(), main, configFile]
  const start = () => startChild('java', args, { cwd: home })
  return startServerProcess({ name: 'apache', port, dataDir, home, start })
}
