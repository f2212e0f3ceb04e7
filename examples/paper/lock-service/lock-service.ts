/**
 * A coarse-grained lock service in the manner of Chubby, as a library: small files with advisory locks, kept by ZooKeeper.
 * What Chubby's servers do themselves (sequencers, lock-delay, events), its clients do here by what ZooKeeper orders for them.
 */
import { type Client, CreateMode } from '@menagerie/client'
import { ensurePath, ReadWriteLock } from '@menagerie/recipes'
import { type FilePlace, Handle } from './handle.js'
import type { Sequencer } from './sequencer.js'

const ROOT = '/ls'

export interface OpenOptions {
  /** Who holds or waits, for people who look. */
  readonly owner?: string
  /** How long the lock stays closed after this holder, should it fail. Default 1000; Chubby allows a minute. */
  readonly lockDelayMs?: number
}

export class LockService {
  readonly #client: Client

  constructor(client: Client) {
    this.#client = client
  }

  /** Opens a file; makes it, without contents, if there is none. @param name absolute, below the service's root */
  async open(name: string, { owner = '', lockDelayMs = 1000 }: OpenOptions = {}): Promise<Handle> {
    const place = placeOf(name)
    await ensurePath(this.#client, place.marks, CreateMode.PERSISTENT)
    return new Handle(this.#client, place, owner, lockDelayMs)
  }

  /**
   * Whether a sequencer is good: its lock is held in that mode and generation. So it was at a moment after the call; who acts on
   * it remembers the newest generation too, since it may be over by the time of the act.
   */
  async check({ file, mode, generation }: Sequencer): Promise<boolean> {
    const lock = new ReadWriteLock(this.#client, placeOf(file).locks)
    return await (mode === 'exclusive' ? lock.write : lock.read).isHeld(generation)
  }
}

/** What is not contents begins with a dot: files below a file are its children. */
function placeOf(name: string): FilePlace {
  const path = ROOT + name
  return { name, path, locks: `${path}/.lock`, marks: `${path}/.failed` }
}
