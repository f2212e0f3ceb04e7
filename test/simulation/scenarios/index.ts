import { acknowledgementScenarios } from './acknowledgements.js'
import { damageScenarios } from './damage.js'
import { epochScenarios } from './epochs.js'
import { reconfigurationScenarios } from './reconfigurations.js'
import { requestScenarios } from './requests.js'
import type { Scenario } from './scenario.js'
import { snapshotScenarios } from './snapshots.js'
import { synchronisationScenarios } from './synchronisation.js'

export type { Scenario } from './scenario.js'

export const scenarios: readonly Scenario[] = [
  ...synchronisationScenarios,
  ...acknowledgementScenarios,
  ...snapshotScenarios,
  ...epochScenarios,
  ...requestScenarios,
  ...damageScenarios,
  ...reconfigurationScenarios,
]
