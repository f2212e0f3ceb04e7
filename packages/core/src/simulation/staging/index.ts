export { ASSERTED, type Script, Stage, type StageTargets, UNREACHED } from './stage.js'
export {
  type DeliveryEvent,
  type DiskEvent,
  type PacketEvent,
  type ProcessEvent,
  type RoleEvent,
  Trace,
  type TraceEvent,
} from './trace.js'
