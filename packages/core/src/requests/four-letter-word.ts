import { encodeUtf8 } from '../jute/utf8.js'
import type { ConnectionStatistics } from '../monitor/connection-statistics.js'
import type { ServerStatistics } from '../monitor/server-statistics.js'
import type { ClientConnection } from '../seams/client-listener.js'
import type { Logger } from '../seams/logger.js'
import type { ClientMetrics } from './client-metrics.js'

/** A word stands in the place of the length before a first frame. */
const WORD_BYTES = 4
/** Apache writes the text of a word in buffers of so many characters, and counts each as a packet. */
const PACKET_LENGTH = 8192

/** Gives the answer to a four-letter word; undefined closes without one. */
export interface WordAnswerer {
  /** Whether these four letters are a word, enabled or not. */
  isWord(word: string): boolean
  answer(word: string, argument: Uint8Array): string | Promise<string> | undefined
}

/** What a connection asks of its server when its client sends a word. */
export interface WordHost {
  /** Null: no word is answered. */
  readonly words: WordAnswerer | null
  readonly statistics: ServerStatistics
  readonly metrics: Pick<ClientMetrics, 'bytesReceived'>
  readonly logger: Logger
}

/** Answers a word, and ends the connection behind it: that is all that comes by it. */
export function serveWord(
  text: string,
  argument: Uint8Array,
  host: WordHost,
  transport: ClientConnection,
  ofConnection: ConnectionStatistics,
): void {
  const { metrics, statistics, words } = host
  if (words?.isWord(text)) {
    metrics.bytesReceived.add(WORD_BYTES)
    ofConnection.packetsReceived++
    statistics.packetsReceived++
  }
  Promise.resolve(words?.answer(text, argument)).then(
    answer => {
      if (answer !== undefined) {
        transport.write(encodeUtf8(answer))
        statistics.packetsSent += Math.ceil(answer.length / PACKET_LENGTH)
      }
      transport.end()
    },
    error => {
      host.logger.warn({ word: text, error }, 'a four-letter word could not be answered')
      transport.end()
    },
  )
}
