import type { ServerId } from '@menagerie/core'

/**
 * The subjects of one ensemble. A server listens on four of its own and on one of all, so that permissions for
 * `PREFIX.>` are all that nats-server has to grant.
 */
export class Subjects {
  constructor(private readonly prefix: string) {}

  /** Votes to a server. */
  vote(server: ServerId): string {
    return `${this.prefix}.vote.${server}`
  }

  /** Requests to open a link to a server. */
  connect(server: ServerId): string {
    return `${this.prefix}.connect.${server}`
  }

  /** Asks who a server is: how a second one of the same id is found. */
  presence(server: ServerId): string {
    return `${this.prefix}.presence.${server}`
  }

  /** A server has begun to listen (again): told to all. */
  get arrivals(): string {
    return `${this.prefix}.arrived`
  }

  /** Frames of one link to its end at a server. */
  link(server: ServerId, token: string): string {
    return `${this.prefix}.link.${server}.${token}`
  }

  /** Frames of all links to a server. */
  links(server: ServerId): string {
    return `${this.prefix}.link.${server}.*`
  }

  /** Replies to requests. */
  get inbox(): string {
    return `${this.prefix}.inbox`
  }
}

/** The link's token, which is the last word of its subject. */
export function tokenOf(subject: string): string {
  return subject.slice(subject.lastIndexOf('.') + 1)
}
