/** Which worker gets which shard: the master's decision, without any input or output. */

export interface Move {
  readonly shard: string
  readonly from: string | undefined
  readonly to: string
}

/**
 * Gives shards that nobody alive has to the workers with the fewest, then evens out until no worker has two more than another.
 * What can stay where it is stays.
 * @param shards all of the index
 * @param assigned worker by shard
 * @param alive the workers there are; without any, nothing moves
 */
export function plan(
  shards: readonly string[],
  assigned: ReadonlyMap<string, string>,
  alive: readonly string[],
): Move[] {
  if (alive.length === 0) return []
  const loads = new Map<string, string[]>(alive.map(worker => [worker, []]))
  const homeless: string[] = []
  for (const shard of shards) (loads.get(assigned.get(shard) ?? '') ?? homeless).push(shard)

  const targets = new Map<string, string>()
  const give = (shard: string) => {
    const [to, load] = [...loads].reduce((a, b) => (b[1].length < a[1].length ? b : a))
    load.push(shard)
    targets.set(shard, to)
  }
  homeless.forEach(give)
  for (;;) {
    const sizes = [...loads.values()]
    const most = sizes.reduce((a, b) => (b.length > a.length ? b : a))
    if (most.length - Math.min(...sizes.map(({ length }) => length)) < 2) break
    give(most.pop()!)
  }
  return [...targets].map(([shard, to]) => ({ shard, from: assigned.get(shard), to }))
}
