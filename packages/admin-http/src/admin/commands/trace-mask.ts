import { DEFAULT_TRACE_MASK } from '@menagerie/core'
import type { Command } from '../command.js'

const LONG = /^[+-]?\d{1,19}$/

/** The mask is kept and shown, and masks nothing: what is logged, the level of the log decides. */
export function traceMaskCommands(): readonly Command[] {
  let mask = BigInt(DEFAULT_TRACE_MASK)
  return [
    { names: ['get_trace_mask', 'gtmk'], always: true, run: () => ({ fields: { tracemask: mask } }) },
    {
      names: ['set_trace_mask', 'stmk'],
      always: true,
      run({ parameters }) {
        const given = parameters.get('traceMask')
        const wanted = 'setTraceMask requires long traceMask argument'
        if (given === undefined) return { fields: { error: wanted } }
        if (!LONG.test(given) || BigInt.asIntN(64, BigInt(given)) !== BigInt(given))
          return { fields: { error: `${wanted}, got ${given}` } }
        mask = BigInt(given)
        return { fields: { tracemask: mask } }
      },
    },
  ]
}
