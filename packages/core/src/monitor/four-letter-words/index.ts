/**
 * The four-letter words: commands of four bytes, sent as the first bytes of a connection instead of a
 * connect request, answered with text, after which the server closes. Each is a function from a
 * {@link MonitorSource} to its text, with the keys, order and separators of Apache 3.9.
 */
import type { MonitorSource } from '../monitor-source.js'
import { conf, dirs } from './conf.js'
import { cons, crst } from './connections.js'
import { dump } from './dump.js'
import { envi } from './envi.js'
import { hash } from './hash.js'
import { isro, ruok } from './liveness.js'
import { mntr } from './mntr.js'
import { srst, srvr, stat } from './server.js'
import { gtmk, stmk } from './trace-mask.js'
import { wchc, wchp, wchs } from './watches.js'

/** `rest` holds the bytes that arrived behind the word; only stmk looks at them. */
type Word = (source: MonitorSource, rest: Uint8Array) => string | Promise<string>

const WORDS: ReadonlyMap<string, Word> = new Map<string, Word>(
  Object.entries({
    conf,
    cons,
    crst,
    dirs,
    dump,
    envi,
    gtmk,
    hash,
    isro,
    mntr,
    ruok,
    srst,
    srvr,
    stat,
    stmk,
    wchc,
    wchp,
    wchs,
  }),
)

/** Whether these letters are a word, enabled or not. */
export const isFourLetterWord = (text: string): boolean => WORDS.has(text)

const NOTHING = new Uint8Array(0)

/**
 * The words that a whitelist (4lw.commands.whitelist, cut at its commas) enables. `*` is all of them;
 * what is no word is ignored. srvr is always on, because zkServer.sh asks it, and so is isro on a
 * server that may become read-only, because clients look for a writable server by it.
 */
export function enabledWords(whitelist: readonly string[], readOnlyModeEnabled: boolean): ReadonlySet<string> {
  const listed = whitelist.map(word => word.trim())
  const words = new Set(listed.includes('*') ? WORDS.keys() : listed.filter(word => WORDS.has(word)))
  words.add('srvr')
  if (readOnlyModeEnabled) words.add('isro')
  return words
}

/**
 * The answer to a word, at once or (conf and dirs, which measure storage) later; undefined for what is
 * no word: the connection is closed without a reply. The promise rejects only if
 * {@link MonitorSource.storageBytes} does.
 */
export function answerWord(
  word: string,
  source: MonitorSource,
  enabled: ReadonlySet<string>,
  rest: Uint8Array = NOTHING,
): string | Promise<string> | undefined {
  const answer = WORDS.get(word)
  if (answer === undefined) return undefined
  if (!enabled.has(word)) return `${word} is not executed because it is not in the whitelist.\n`
  return answer(source, rest)
}
