/**
 * What a holder shows to those he asks for something: which lock he holds, how, and since which generation. The generation
 * is the fencing token of his lock, which rises from each holder to the next.
 */
import type { Mode } from '../support/fence.js'

export interface Sequencer {
  /** The file whose lock it is. */
  readonly file: string
  readonly mode: Mode
  readonly generation: number
}

/** For people and logs: `/app/primary exclusive 17`. */
export const describe = ({ file, mode, generation }: Sequencer): string => `${file} ${mode} ${generation}`
