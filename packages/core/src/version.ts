/** The kernel's version, which plugins name the range of that they work with. */
export const VERSION = '0.1.0'

/** When this version was made, as tools expect it in the version line. */
export const BUILT_ON = '2026-11-23 00:00 UTC'
