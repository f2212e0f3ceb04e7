/** How close to the end of a file the records may come before it grows, in bytes (Apache's figure). */
const MARGIN = 4096

/**
 * The size that a log file should have when its records end at `position`: Apache's rule, so that files
 * have the sizes which its users know (16 header bytes and 64 MiB, then whole multiples).
 */
export function paddedSize(position: number, size: number, step: number): number {
  if (step <= 0 || position + MARGIN < size) return Math.max(size, position)
  if (position <= size) return size + step
  return position + step - (position % step)
}
