import type { InjectionToken } from 'tsyringe'

/** What is known of a process and its machine. What is left out is printed as `<NA>`, or -1 for counts. */
export interface HostFacts {
  readonly hostName?: string
  /** The runtime with its version, such as `Node.js v20.19.0`. */
  readonly runtime?: string
  readonly runtimeVendor?: string
  readonly runtimeHome?: string
  readonly temporaryDir?: string
  readonly osName?: string
  readonly osArch?: string
  readonly osVersion?: string
  readonly userName?: string
  readonly userHome?: string
  readonly workingDir?: string
  /** The JavaScript heap: free below its present size, its limit, its present size. */
  readonly heapFreeBytes?: number
  readonly heapLimitBytes?: number
  readonly heapTotalBytes?: number
  readonly openFileDescriptors?: number
  readonly maxFileDescriptors?: number
}

/** What the process and its machine say of themselves, for monitoring. Nothing depends on it. */
export interface Host {
  /** As it is at present; asked for anew each time. */
  facts(): HostFacts
}

/** Where the server looks for what it says of its machine. */
export const HOST: InjectionToken<Host> = Symbol.for('menagerie.Host')
