import { type Client, CreateMode, SessionExpiredError } from '@menagerie/client'
import { type Contender, namingFor, type Role } from '../base/dialect.js'
import { type Grant, type GrantOptions, PlaceGrant } from '../base/grant.js'
import { clockOf, type LockOptions, uuidOf, type WaitOptions } from '../base/options.js'
import { argument } from '../base/paths.js'
import { abandonPlace, type Place, parentModeOf, takePlace } from '../base/place.js'
import { QueueLock } from '../base/queue-lock.js'
import { utf8 } from '../base/text.js'

/** The write lock, held. */
export interface WriteGrant extends Grant {
  /**
   * Takes the read lock as well, at the place of this grant: release this one afterwards, and no writer has come in
   * between. Curator's dialect only. @throws RECIPE_ARGUMENT in another
   */
  downgrade(options?: WaitOptions): Promise<Grant>
}

const ROLES: readonly Role[] = ['read', 'write']

/**
 * A lock that many readers or one writer hold (Curator InterProcessReadWriteLock, kazoo ReadLock and WriteLock).
 *
 * **Guarantee**: no reader beside a writer, no two writers; in the order of asking, so that writers do not starve. A
 * reader waits for the nearest writer before it, a writer for the nearest contender: no herd but that of readers who may
 * all go. Fencing tokens rise in the order of asking: a writer's is greater than those of all readers and writers that
 * held before it.
 *
 * **Suspended, reconnected, expired**: as with `Mutex` and {@link Grant}. Not re-entrant, and a read lock cannot become a
 * write lock: two that try would wait for each other.
 */
export class ReadWriteLock {
  /** The folder in which readers and writers queue. */
  readonly path: string
  /** The lock that many hold beside each other. */
  readonly read: QueueLock<Grant>
  /** The lock that one holds alone. */
  readonly write: QueueLock<WriteGrant>

  /** @throws RECIPE_ARGUMENT for a path or dialect that cannot be */
  constructor(client: Client, path: string, options: LockOptions = {}) {
    const { suspendedMs } = options
    const clock = clockOf(options)
    this.read = new QueueLock(client, path, options, {
      role: 'read',
      queue: { roles: ROLES, blocks: ({ role }: Contender) => role === 'write' },
      grant: place => new PlaceGrant(client, place, { clock, what: 'read lock', suspendedMs }),
    })
    this.write = new QueueLock(client, path, options, {
      role: 'write',
      queue: { roles: ROLES },
      grant: place => new WriteHold(client, place, options, { clock, what: 'write lock', suspendedMs }),
    })
    this.path = this.read.path
  }
}

class WriteHold extends PlaceGrant implements WriteGrant {
  constructor(
    private readonly client: Client,
    private readonly place: Place,
    private readonly options: LockOptions,
    private readonly grantOptions: GrantOptions,
  ) {
    super(client, place, grantOptions)
  }

  async downgrade({ signal }: WaitOptions = {}): Promise<Grant> {
    if (!this.held) this.signal.throwIfAborted()
    const { client, place, options } = this
    const dialect = options.dialect ?? 'curator'
    if (dialect !== 'curator') throw argument(`a write lock of ${dialect} cannot be downgraded, only one of Curator`)
    const { prefix, mark } = namingFor(dialect, 'read', uuidOf(options), place.sessionId)
    // The writer's own number, as Curator does it: those who queued later stay behind it.
    const naming = { prefix: prefix + place.name.slice(place.name.indexOf('__WRIT__') + '__WRIT__'.length), mark }
    const request = {
      clock: clockOf(options),
      folder: place.folder,
      naming,
      data: utf8(options.id ?? ''),
      mode: CreateMode.EPHEMERAL,
    }
    const read = await takePlace(client, { ...request, parentMode: parentModeOf(dialect) }, signal)
    // In the client's next session the place would be that of a lock which others may hold by now.
    if (this.held && read.sessionId === place.sessionId) {
      return new PlaceGrant(client, read, { ...this.grantOptions, what: 'read lock' })
    }
    await abandonPlace(client, clockOf(options), read)
    this.signal.throwIfAborted()
    throw new SessionExpiredError('create', read.path, 'the session of the write lock has expired')
  }
}
