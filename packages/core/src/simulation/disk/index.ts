export {
  type CrashRemains,
  type DiskSpeed,
  type DiskStep,
  SimulatedDisk,
  type StoredSnapshot,
} from './simulated-disk.js'
export { SimulatedLog } from './simulated-log.js'
export { SimulatedSnapshotter } from './simulated-snapshotter.js'
