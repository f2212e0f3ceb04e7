/** Loading the binding, which is a binary for each platform, with a sentence where none fits. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { MenagerieError } from '@menagerie/core/plugin'
import type { Binding } from './binding.js'

const HINT = 'use @menagerie/storage-file on this machine, or build the binding: npm rebuild @nxtedition/rocksdb'

/** What decides whether a prebuilt binary fits; a test gives its own. */
export interface Platform {
  readonly os: string
  readonly arch: string
  /** Instruction sets of the processor, where the system tells. */
  readonly processorFlags: () => string | undefined
  readonly load: () => Promise<Binding>
}

const thisPlatform: Platform = {
  os: process.platform,
  arch: process.arch,
  processorFlags: linuxProcessorFlags,
  load: async () => createRequire(import.meta.url)('@nxtedition/rocksdb') as Binding,
}

/** @throws PLUGIN_INVALID where no binary fits */
export async function loadRocksdb(platform: Platform = thisPlatform): Promise<Binding> {
  const { os, arch } = platform
  // The binary would end the whole process with an illegal instruction, without a word.
  const flags = platform.processorFlags()
  const missing = ['avx2', 'bmi2'].filter(flag => flags !== undefined && !flags.includes(flag))
  if (os === 'linux' && arch === 'x64' && missing.length > 0) {
    const message = `the prebuilt RocksDB needs a processor with ${missing.join(' and ')}, which this one has not; ${HINT}`
    throw new MenagerieError('PLUGIN_INVALID', message)
  }
  try {
    return await platform.load()
  } catch (error) {
    const reason = (error as Error).message.split('\n')[0]
    const message = `RocksDB cannot be loaded on ${os}-${arch} (${reason}). Prebuilt binaries are there for linux-x64 with glibc 2.34 and darwin-arm64; ${HINT}`
    throw new MenagerieError('PLUGIN_INVALID', message, { cause: error })
  }
}

function linuxProcessorFlags(): string | undefined {
  try {
    return /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]
  } catch {
    return undefined
  }
}
