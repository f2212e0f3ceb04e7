import { SeededChoice } from '../dist/contract/seeded-choice.js'

/** Chance from a seed: the same seed gives the same test. */
export class Seeded extends SeededChoice {
  constructor(readonly seed: number) {
    super(seed)
  }

  chance(oneIn: number): boolean {
    return this.below(oneIn) === 0
  }
}
