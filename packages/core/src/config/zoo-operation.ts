/** Four-letter words out of a zoo.cfg. */
import { nearest } from './nearest.js'
import type { ZooReading } from './zoo-cfg.js'

/** The words that Apache knows. */
const fourLetterWords = [
  'conf',
  'cons',
  'crst',
  'dirs',
  'dump',
  'envi',
  'gtmk',
  'hash',
  'isro',
  'mntr',
  'ruok',
  'srst',
  'srvr',
  'stat',
  'stmk',
  'wchc',
  'wchp',
  'wchs',
] as const

export function takeOperation({ draft, given }: ZooReading): void {
  const list = given.get('4lw.commands.whitelist')
  if (list) {
    const { file, line, key } = list.origin
    const words = list.value as string[]
    for (const word of words) {
      if (word === '*' || (fourLetterWords as readonly string[]).includes(word)) continue
      const guess = nearest(word, fourLetterWords)
      const message = `"${word}" is not a four-letter word${guess === undefined ? '' : `; did you mean ${guess}?`}`
      draft.warnings.push({ file, line, key, message })
    }
    // srvr is always answered, isro where read-only mode is on: what zkServer.sh and clients rely on.
    const extra = ['srvr', ...(given.get('readonlymode.enabled')?.value === true ? ['isro'] : [])]
    draft.set('settings.fourLetterWords', words.includes('*') ? ['*'] : [...new Set([...words, ...extra])], list.origin)
  }
}
