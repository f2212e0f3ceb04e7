import type { Flavour, Scenario, Stage } from './scenario.js'

/** All scenarios, in the order of their definition. Import scenarios/index.js to fill it. */
export const scenarios: Scenario[] = []

function define(flavour: Flavour, name: string, run: (stage: Stage) => Promise<void>): void {
  if (scenarios.some(other => other.name === name)) throw new Error(`two scenarios are called "${name}"`)
  scenarios.push({ name, flavour, run })
}

/** A scenario on a server with the defaults. */
export const plain = (name: string, run: (stage: Stage) => Promise<void>): void => define('plain', name, run)

/** A scenario on a server with TTL nodes and enforced quotas. */
export const extended = (name: string, run: (stage: Stage) => Promise<void>): void => define('extended', name, run)
