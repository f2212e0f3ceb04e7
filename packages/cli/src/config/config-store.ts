/** Keeps what reconfigurations make of an ensemble beside the zoo.cfg that a server was started with, as Apache does. */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import {
  backupFile,
  type ConfigStore,
  dynamicFile,
  type Logger,
  nextDynamicFile,
  pointsToDynamicFile,
  pointToDynamicFile,
} from '@menagerie/core'
import { formatDynamicFile, type QuorumVerifier } from '@menagerie/core/zab'

/**
 * A configuration that is logged stands in `FILE.dynamic.next`, one that is committed in `FILE.dynamic.VERSION`, where
 * the zoo.cfg then points; what its owner wrote stays in `FILE.bak`. Each is written as a whole and durably. A file that cannot be written is reported: the log
 * knows the configuration all the same.
 */
export class ZooCfgStore implements ConfigStore {
  constructor(
    private readonly file: string,
    private readonly serverId: number | undefined,
    private readonly logger: Logger,
  ) {}

  proposed(verifier: QuorumVerifier): void {
    this.attempt(() => writeDurably(nextDynamicFile(this.file), formatDynamicFile(verifier, true)))
  }

  withdrawn(): void {
    this.attempt(() => rmSync(nextDynamicFile(this.file), { force: true }))
  }

  activated(verifier: QuorumVerifier): void {
    this.attempt(() => {
      const dynamic = dynamicFile(this.file, verifier.version)
      writeDurably(dynamic, formatDynamicFile(verifier))
      const own = this.serverId === undefined ? undefined : verifier.servers.get(this.serverId)
      const text = readFileSync(this.file, 'utf8')
      const pointed = pointToDynamicFile(text, dynamic, own?.client !== undefined)
      if (!pointsToDynamicFile(text)) writeDurably(backupFile(this.file), text)
      if (pointed !== text) writeDurably(this.file, pointed)
      rmSync(nextDynamicFile(this.file), { force: true })
    })
  }

  private attempt(write: () => void): void {
    try {
      write()
    } catch (error) {
      const message = 'the configuration of the ensemble could not be written beside the zoo.cfg'
      this.logger.error({ file: this.file, error: String(error) }, message)
    }
  }
}

function writeDurably(file: string, text: string): void {
  const temporary = `${file}.tmp`
  const descriptor = openSync(temporary, 'w')
  try {
    writeSync(descriptor, text)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  renameSync(temporary, file)
  const folder = openSync(dirname(file), 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
