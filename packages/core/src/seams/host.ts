import type { InjectionToken } from 'tsyringe'
import type { HostFacts } from '../monitor/monitor-source.js'

/** What the process and its machine say of themselves, for monitoring. Nothing depends on it. */
export interface Host {
  facts(): HostFacts
}

/** Where the server looks for what it says of its machine. */
export const HOST: InjectionToken<Host> = Symbol.for('menagerie.Host')
