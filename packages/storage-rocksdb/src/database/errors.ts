import { type ErrorCode, MenagerieError } from '@menagerie/core/plugin'

/** The binding's own error, which abstract-level wraps in one that says only that the database is not open. */
export function rootCause(error: unknown): Error & { code?: string } {
  let root = error as Error & { code?: string }
  while (root?.cause instanceof Error) root = root.cause as Error & { code?: string }
  return root
}

/** RocksDB's message, such as `Corruption: block checksum mismatch ... in /data/000012.sst offset 4096 size 1024`. */
export const reasonOf = (error: unknown): string => rootCause(error).message

export const isCorruption = (error: unknown): boolean => rootCause(error).code === 'LEVEL_CORRUPTION'

/** The place of damage as RocksDB names it: a table file and a byte. */
function damagedPlace(error: unknown): { file: string; offset: number } | undefined {
  const [, file, offset] = / in (\S+) offset (\d+)/.exec(reasonOf(error)) ?? []
  return file === undefined ? undefined : { file, offset: Number(offset) }
}

/** `code` with the place, where RocksDB told one. */
export function corrupt(code: ErrorCode & `${string}CORRUPT`, what: string, error: unknown): MenagerieError {
  const place = damagedPlace(error)
  const where = place ? `${place.file} is damaged at byte ${place.offset}` : `${what} is damaged`
  return new MenagerieError(code, `${where}: ${reasonOf(error)}`, { cause: error })
}
