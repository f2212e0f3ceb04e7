/** A computation that falls into parts: the series of Leibniz for a quarter of pi. */
const TERMS = 300_000

/** Every so many-th term of the series, from this one on. */
export function share(from: number, step: number): number {
  let sum = 0
  for (let term = from; term < TERMS; term += step) sum += (term % 2 === 0 ? 4 : -4) / (2 * term + 1)
  return sum
}
