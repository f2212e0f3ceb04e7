import type { ServerId } from '@menagerie/core'
import type { Stage } from '@menagerie/core/simulation'

/** Who is who in an ensemble of three. */
export interface Cast {
  /** Leads, and has everything. */
  readonly leader: ServerId
  /** Follows, and has missed something. */
  readonly late: ServerId
  /** Has everything that was committed before, and is down. */
  readonly witness: ServerId
}

/** A follower is cut off while the others go on without it. */
export async function fallBehind(stage: Stage): Promise<Cast & { readonly rejoin: () => void }> {
  const leader = await stage.settled()
  const [late, witness] = stage.others(leader)
  await stage.commits(5)
  const rejoin = stage.cutOff(late)
  await stage.commits(10)
  return { leader, late, witness, rejoin }
}

/**
 * A follower that has missed something comes back when the leader has lost its other one: it makes the quorum of a new
 * term, which begins with a DIFF to it. `before` is done when it is about to come back.
 */
export async function rejoinAsQuorum(stage: Stage, before: (cast: Cast) => void = () => {}): Promise<Cast> {
  const { rejoin, ...cast } = await fallBehind(stage)
  stage.crash(cast.witness, { tail: 1 })
  await stage.until('the leader has no quorum', () => stage.roleOf(cast.leader) === 'looking')
  before(cast)
  rejoin()
  return cast
}

/**
 * What the leader and the late follower did together is to be seen by the witness and the follower alone, which begin
 * from what their disks hold.
 */
export async function goOnWithoutLeader(stage: Stage, { leader, late, witness }: Cast): Promise<void> {
  if (stage.roleOf(leader) !== 'down') stage.crash(leader)
  stage.usualDisk(late)
  stage.start(late)
  stage.start(witness)
  await stage.settled([late, witness])
  await stage.commits(3)
  stage.start(leader)
  await stage.settled()
}
