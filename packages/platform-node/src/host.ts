import { readdirSync, readFileSync } from 'node:fs'
import { homedir, hostname, release, type as systemName, tmpdir, userInfo } from 'node:os'
import { getHeapStatistics } from 'node:v8'
import type { Host, HostFacts } from '@menagerie/core'

/** The machine and the process, as monitoring shows them. Asked anew each time: nothing is kept. */
export const nodeHost: Host = {
  facts(): HostFacts {
    const heap = getHeapStatistics()
    return {
      hostName: hostname(),
      runtime: `Node.js ${process.version}`,
      runtimeVendor: 'Node.js',
      runtimeHome: process.execPath,
      temporaryDir: tmpdir(),
      osName: systemName(),
      osArch: JAVA_ARCHITECTURES[process.arch] ?? process.arch,
      osVersion: release(),
      userName: userName(),
      userHome: homedir(),
      workingDir: process.cwd(),
      heapFreeBytes: heap.total_heap_size - heap.used_heap_size,
      heapLimitBytes: heap.heap_size_limit,
      heapTotalBytes: heap.total_heap_size,
      openFileDescriptors: openFileDescriptors(),
      maxFileDescriptors: maxFileDescriptors(),
    }
  },
}

/** Java's names of architectures, where Node.js has others: scripts compare them. */
const JAVA_ARCHITECTURES: Partial<Record<NodeJS.Architecture, string>> = {
  x64: 'amd64',
  arm64: 'aarch64',
  ia32: 'i386',
}

/** A user id without an entry among the users, as in many containers, has no name. */
function userName(): string | undefined {
  try {
    return userInfo().username
  } catch {
    return undefined
  }
}

/** Undefined where there is no /proc. */
function openFileDescriptors(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length
  } catch {
    return undefined
  }
}

/** How many file descriptors this process may have; undefined where there is no /proc. */
export function maxFileDescriptors(): number | undefined {
  try {
    const limit = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1]
    return limit === undefined ? undefined : Number(limit)
  } catch {
    return undefined
  }
}
