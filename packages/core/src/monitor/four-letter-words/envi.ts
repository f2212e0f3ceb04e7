/** envi: where the server runs. The java.* keys are kept for those who read them, and tell of Node.js. */
import type { MonitorSource } from '../monitor-source.js'
import { lines } from './format.js'

const UNKNOWN = '<NA>'
const MEGABYTE = 1 << 20

export function envi(source: MonitorSource): string {
  return lines(['Environment:', ...environmentOf(source).map(([name, value]) => `${name}=${value}`)])
}

/** What envi tells, in its order. */
export function environmentOf(source: MonitorSource): (readonly [name: string, value: string])[] {
  const host = source.host()
  return [
    ['zookeeper.version', source.version],
    ['host.name', host.hostName ?? UNKNOWN],
    ['java.version', host.runtime ?? UNKNOWN],
    ['java.vendor', host.runtimeVendor ?? UNKNOWN],
    ['java.home', host.runtimeHome ?? UNKNOWN],
    ['java.class.path', UNKNOWN],
    ['java.library.path', UNKNOWN],
    ['java.io.tmpdir', host.temporaryDir ?? UNKNOWN],
    ['java.compiler', UNKNOWN],
    ['os.name', host.osName ?? UNKNOWN],
    ['os.arch', host.osArch ?? UNKNOWN],
    ['os.version', host.osVersion ?? UNKNOWN],
    ['user.name', host.userName ?? UNKNOWN],
    ['user.home', host.userHome ?? UNKNOWN],
    ['user.dir', host.workingDir ?? UNKNOWN],
    ['os.memory.free', megabytes(host.heapFreeBytes)],
    ['os.memory.max', megabytes(host.heapLimitBytes)],
    ['os.memory.total', megabytes(host.heapTotalBytes)],
  ]
}

function megabytes(bytes: number | undefined): string {
  return bytes === undefined ? UNKNOWN : `${Math.floor(bytes / MEGABYTE)}MB`
}
