/** Short ticks make for short runs: what matters is how timeouts relate to each other. */
export const TICK_MS = 100
export const SYNC_LIMIT_TICKS = 5
export const SESSION_TIMEOUT_MS = 1000
/** Work goes on for so long after all faults have ended. */
export const HEALED_WORK_MS = 300
/** By then everything has to be answered. */
export const HEALING_MAX_MS = 20_000
/** By then a script has come to its end, or never will. */
export const SCRIPT_MAX_MS = 30_000
/** Until sessions that nobody holds have expired. */
export const EXPIRY_MS = SESSION_TIMEOUT_MS * 1.2 + 5 * TICK_MS
/** A server that is cut off from its leader answers clients for so long, and the leader knows nothing of it. */
export const CONTACT_LAG_MS = (SYNC_LIMIT_TICKS + 2) * TICK_MS
