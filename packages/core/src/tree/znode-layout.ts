/** How a znode is laid out as a record of a page: five 64-bit floats, then 32-bit integers. */

export const PAGE_SHIFT = 12
export const PAGE_NODES = 1 << PAGE_SHIFT
export const PAGE_MASK = PAGE_NODES - 1

export const DOUBLES = 14
export const INTS = DOUBLES * 2
export const CZXID = 0
export const MZXID = 1
export const PZXID = 2
export const CTIME = 3
export const MTIME = 4
export const PARENT = 10
export const FIRST_CHILD = 11
export const NEXT_SIBLING = 12
export const PREVIOUS_SIBLING = 13
export const CHILD_COUNT = 14
export const NEXT_IN_BUCKET = 15
export const HASH = 16
export const BLOCK = 17
export const NAME_LENGTH = 18
export const DATA_LENGTH = 19
export const VERSION = 20
export const CVERSION = 21
export const AVERSION = 22
export const ACL_ID = 23
export const OWNER_HIGH = 24
export const OWNER_LOW = 25
export const DIGEST = 26
export const PATH_LENGTH = 27
