/** The kernel's server, as far as the command uses it. */
import type { ListenAddress, ServerOptions } from '@menagerie/core'

export interface RunningServer {
  readonly addresses: readonly ListenAddress[]
  /** Resolves when the server has stopped: with the reason if it stopped by itself. */
  readonly stopped: Promise<Error | undefined>
  close(): Promise<void>
}

export type StartServer = (options: ServerOptions) => Promise<RunningServer>

/** Starts the real one. */
export const startServer: StartServer = async options => {
  const { Server } = await import('@menagerie/core')
  return Server.start(options)
}
