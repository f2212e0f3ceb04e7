import type { Command, CommandOptions } from '../command.js'
import { configurationCommands } from './configuration.js'
import { connectionCommands } from './connections.js'
import { ensembleCommands } from './ensemble.js'
import { restoreCommand } from './restore.js'
import { sessionCommands } from './sessions.js'
import { snapshotCommands } from './snapshot.js'
import { statisticsCommands } from './statistics.js'
import { traceMaskCommands } from './trace-mask.js'
import { watchCommands } from './watches.js'

/** Every command, by primary name in the order in which the list shows them. */
export function createCommands(options: CommandOptions): readonly Command[] {
  const commands = [
    ...configurationCommands(options),
    ...connectionCommands,
    ...ensembleCommands,
    ...sessionCommands,
    restoreCommand(options),
    ...snapshotCommands(options),
    ...statisticsCommands,
    ...traceMaskCommands(),
    ...watchCommands,
  ]
  return commands.sort((a, b) => (a.names[0] < b.names[0] ? -1 : 1))
}
