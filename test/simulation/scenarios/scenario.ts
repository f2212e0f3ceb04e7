import type { Script } from '@menagerie/core/simulation'

/**
 * A situation in which ZooKeeper once lost, brought about on purpose: the script waits for each step of it, so that a
 * scenario whose interleaving never comes fails, and every checker of the simulation has its say at the end.
 */
export interface Scenario extends Script {
  /** The ZOOKEEPER numbers, and what must not happen. */
  readonly name: string
  /** What delays and the workload draw from. */
  readonly seed: number
  /** 3 unless given. */
  readonly servers?: number
  /** Given, even as 0: the ensemble can be reconfigured, and so many machines are there besides. */
  readonly spares?: number
  /** Names of deliberate bugs that have to make it fail. */
  readonly failsWith: readonly string[]
}
