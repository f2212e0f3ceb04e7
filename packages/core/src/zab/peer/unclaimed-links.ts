import type { Cancel, Clock } from '../../seams/clock.js'
import type { PeerLink } from '../../seams/peer-transport.js'

/**
 * Links of learners that have elected this server sooner than it has itself. They wait until it leads: whoever is
 * refused goes back to looking, and costs everyone an election.
 */
export class UnclaimedLinks {
  private links: { readonly link: PeerLink; readonly cancel: Cancel }[] = []

  /** @param patienceMs how long a link waits before it is closed */
  constructor(
    private readonly clock: Clock,
    private readonly patienceMs: number,
  ) {}

  add(link: PeerLink): void {
    const entry = {
      link,
      cancel: this.clock.schedule(this.patienceMs, () => {
        this.links = this.links.filter(other => other !== entry)
        link.close('this server does not lead')
      }),
    }
    this.links.push(entry)
  }

  /** Hands over those that wait. */
  take(): PeerLink[] {
    const taken = this.links
    this.links = []
    return taken.map(({ link, cancel }) => {
      cancel()
      return link
    })
  }

  clear(): void {
    for (const link of this.take()) link.close('the server is stopped')
  }
}
