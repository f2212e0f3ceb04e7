import type { Session } from './session.js'
import { SessionRole } from './session-role.js'

/** A learner's: it leaves expiry to the leader, and collects instead whom to tell it of (Apache's touch table). */
export class FollowingSessions extends SessionRole {
  private touched = new Set<Session>()

  override touch(session: Session, now: number): void {
    super.touch(session, now)
    this.touched.add(session)
  }

  override leave(session: Session): void {
    this.touched.delete(session)
  }

  override takeTouched(): readonly Session[] {
    const touched = [...this.touched]
    this.touched.clear()
    return touched
  }
}
