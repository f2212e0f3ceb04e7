import type { JuteReader, JuteWriter } from '@menagerie/core/jute'
import type { KeeperError } from './errors.js'
import type { WatchCallback } from './watch-event.js'

/** What a reply says besides its body. */
export interface ReplyHeader {
  readonly xid: number
  readonly zxid: number
  readonly err: number
}

/** The watch that a successful read leaves at the server. */
export type ReadWatchKind = 'data' | 'child'

/**
 * How one opcode is written and its reply read. Operations are constants, so that a request costs one
 * object and one promise, and no closures.
 */
export interface Operation<T = unknown> {
  readonly opcode: number
  /** For messages: `getData`. */
  readonly name: string
  /** Writes the body of the request. When it throws, nothing has been sent. */
  encode(writer: JuteWriter, request: Request): void
  /** Reads the body of a reply without error. May throw a refusal that only the body tells (multi). */
  decode(reader: JuteReader, request: Request, header: ReplyHeader): T
  /** The result for a refusal that is an answer here (exists and NoNode); undefined: it is an error. */
  refused?(code: number): T | undefined
  /** The error for a refusal, where it is more than code and path. */
  failure?(code: number, request: Request): KeeperError
  /** Which kind of watch {@link Request.watcher} asks for. */
  readonly watch?: ReadWatchKind
  /** {@link Request.number} is the mode of what it creates. */
  readonly creates?: boolean
  /** Replies with an error are decoded as others are. */
  readonly raw?: boolean
}

/** One request under way. What the fields mean beyond their names is the operation's affair. */
export class Request {
  xid = 0
  /** When it was handed in, in the clock's monotonic milliseconds; kept only if requests time out. */
  issuedAt = 0
  /** Its caller has lost interest before it left. */
  withdrawn = false
  resolve: (value: unknown) => void = settled
  reject: (reason: unknown) => void = settled

  constructor(
    readonly operation: Operation,
    /** As the server sees it, the chroot included. */
    readonly path: string,
    readonly data: Uint8Array | null,
    /** Version, create flags, watch mode or type. */
    readonly number: number,
    /** Whatever else the body needs. */
    readonly extra: unknown,
    /** Registered if the reply says that the watch stands. */
    public watcher: WatchCallback | null,
    /** How many characters of the paths in the reply are the chroot. */
    readonly chrootLength: number,
  ) {}
}

function settled(): void {}

let resolveNew: (value: unknown) => void = settled
let rejectNew: (reason: unknown) => void = settled
/** One executor for all promises: `new Promise` calls it at once, so the two variables are read right after. */
function capture(resolve: (value: never) => void, reject: (reason: unknown) => void): void {
  resolveNew = resolve as (value: unknown) => void
  rejectNew = reject
}

/** The promise of a request's result. */
export function promiseOf<T>(request: Request): Promise<T> {
  const promise = new Promise<T>(capture)
  request.resolve = resolveNew
  request.reject = rejectNew
  return promise
}
