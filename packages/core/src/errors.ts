/**
 * Local failures: what an operator or an embedding program meets. A refusal that a client sees on the
 * wire is a {@link KeeperCode} and is carried as a value, never thrown across the pipeline.
 *
 * Each code has a heading in docs/errors.md that says what happened and what to do.
 */
export type ErrorCode =
  | 'COMMITS_MISSING'
  | 'CONFIG_INVALID'
  | 'DATA_DIR_LOCKED'
  | 'DATA_DIR_UNUSABLE'
  | 'LISTEN_FAILED'
  | 'LOG_CLOSED'
  | 'LOG_CORRUPT'
  | 'LOG_IO'
  | 'LOG_OUT_OF_ORDER'
  | 'PLUGIN_INVALID'
  | 'SNAPSHOT_CORRUPT'
  | 'SNAPSHOT_IO'
  | 'SNAPSHOT_MISSING'
  | 'SERVER_STATE'
  | 'TXN_UNKNOWN'
  | 'ZAB_COMMIT_OUT_OF_ORDER'
  | 'ZAB_GAP'
  | 'ZAB_PROTOCOL'

/** An operating failure (disk, network, configuration, plugin). Compare `code`, not the class. */
export class MenagerieError extends Error {
  override readonly name = 'MenagerieError'
  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options as ErrorOptions)
  }
}

/** A broken invariant: a defect of this program. The server stops rather than go on. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`invariant violated: ${message}`)
}
