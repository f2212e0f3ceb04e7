/** The kernel's version, which plugins name the range of that they work with. */
export const VERSION = '0.1.0'
