/** What a server announces to whoever embeds or extends it. */
export { type LinkEvent, ObservedTransport } from './link-events.js'
export {
  type CommittedTransaction,
  type EnsembleMembers,
  type Role,
  ServerEvents,
  type WatchEvent,
} from './server-events.js'
