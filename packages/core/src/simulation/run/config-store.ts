import type { EnsembleConfig } from '../../config/ensemble.js'
import { invariant } from '../../errors.js'
import type { ConfigStore } from '../../server/member.js'
import { formatConfig, parseConfig, type QuorumVerifier } from '../../zab/quorum/index.js'

/** What one machine keeps of the ensemble's configuration beside its log: its dynamic files, as it were. Whole and durable. */
export class SimulatedConfigStore implements ConfigStore {
  private current: string | null = null
  private next: string | undefined

  constructor(private readonly options: ReadonlyMap<string, unknown>) {}

  /** Whether a server can be started here. */
  get isProvided(): boolean {
    return this.current !== null
  }

  /** The configuration that the first process is started with. */
  provide(text: string): void {
    this.current ??= text
  }

  /** As somebody writes it over what was there, while no process runs or before the next one. */
  renew(text: string): void {
    this.current = text
    this.next = undefined
  }

  proposed(verifier: QuorumVerifier): void {
    this.next = formatConfig(verifier)
  }

  withdrawn(): void {
    this.next = undefined
  }

  activated(verifier: QuorumVerifier): void {
    this.current = formatConfig(verifier)
    this.next = undefined
  }

  /** Of the configuration that was last in force here; 0 for none. */
  get version(): number {
    const parsed = parseConfig(this.current ?? '')
    return parsed.problem === undefined ? parsed.value.version : 0
  }

  /** What the next process of server `myId` finds. */
  read(myId: number): EnsembleConfig {
    const parsed = parseConfig(this.current ?? '')
    invariant(parsed.problem === undefined, `server ${myId} is started without a configuration`)
    const { servers, groups, weights, version } = parsed.value
    const { next, options } = this
    return { servers, groups, weights, version: version.toString(16), next, myId, distributed: true, options }
  }
}
