import { fourLetterWord } from '../../support/server-under-test.js'
import { plain } from '../define.js'
import type { Stage } from '../scenario.js'

/** Numbers, times and versions differ between any two servers, and how many lines there are of a kind; the rest does not. */
const shape = (text: string): string =>
  text
    .replace(/^Zookeeper version: .*$/gm, 'Zookeeper version: …')
    .replace(/^(zk_version\t).*$/gm, '$1…')
    .replace(/\/127\.0\.0\.1:\d+/g, '/127.0.0.1:PORT')
    .replace(/0x[0-9a-f]+/g, '0xN')
    .replace(/-?\d+\.\d+/g, 'N')
    .replace(/\b\d+\b/g, 'N')
    .replace(/expire at .*:$/gm, 'expire at DATE:')
    .replace(/=\/.*\/version-N$/gm, '=DIR/version-N')
    .split('\n')
    .filter((line, i, lines) => line === '' || lines.indexOf(line) === i)
    .join('\n')

/** Connections stand in the order of a hash table. */
function sorted(text: string): string {
  const connections = text.match(/^ \/.*\n/gm)?.sort() ?? []
  return text.replace(/(^ \/.*\n)+/m, connections.join(''))
}

async function say(s: Stage, word: string, options?: { halfClose?: boolean }): Promise<void> {
  s.note(`${JSON.stringify(word)} ${JSON.stringify(sorted(shape(await fourLetterWord(s.port, word, options))))}`)
}

for (const word of [
  'ruok',
  'isro',
  'crst',
  'srst',
  'gtmk',
  'srvr',
  'wchs',
  'RUOK',
  'xxxx',
  'conf',
  'dump',
  'wchc',
  'wchp',
  'cons',
  'stat',
]) {
  plain(`the word ${word}`, s => say(s, word))
}
plain('a word with a newline after it', s => say(s, 'ruok\n'))
plain('a word with a carriage return and a newline after it', s => say(s, 'ruok\r\n'))
plain('a word from who closes its side at once', s => say(s, 'ruok', { halfClose: true }))
plain('a word from who closes its side at once, with a newline', s => say(s, 'srvr\n', { halfClose: true }))
plain('srvr shows mode, zxid and node count', async s => {
  const text = await fourLetterWord(s.port, 'srvr')
  s.note(text.split('\n').find(line => line.startsWith('Mode')) ?? 'no mode')
})
plain('watches in the words wchs, wchc and wchp', async s => {
  const a = await s.client('a')
  const b = await s.client('b')
  await a.create('/t/x')
  await a.getData('/t/x', true)
  await b.getData('/t/x', true)
  await b.getChildren('/t', true)
  await say(s, 'wchs')
  s.note(await fourLetterWord(s.port, 'wchs'))
  await say(s, 'wchp')
})
plain('sessions and ephemerals in the word dump', async s => {
  const a = await s.client('a')
  await a.create('/t/e', { flags: 1 })
  await say(s, 'dump')
})
