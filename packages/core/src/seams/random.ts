import type { InjectionToken } from 'tsyringe'

/** The only source of chance. */
export interface Random {
  /** A whole number in [0, bound). */
  below(bound: number): number
  /** Unpredictable bytes (nonces, secrets). A simulation's are predictable by design. */
  bytes(count: number): Uint8Array
}

/** Where the server looks for chance, which a plugin has to bring. */
export const RANDOM: InjectionToken<Random> = Symbol.for('menagerie.Random')
