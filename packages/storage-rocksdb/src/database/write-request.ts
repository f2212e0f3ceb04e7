/** What is sent to the thread that writes, and what comes back. */
export interface Put {
  readonly key: Uint8Array
  readonly value: Uint8Array
  /** The value is packed from this byte on (`pack`); without it, it is stored as it is. */
  readonly packFrom?: number | undefined
}

export interface Range {
  readonly from: Uint8Array
  /** The first key that stays. */
  readonly to: Uint8Array
}

/**
 * First the ranges are deleted, one by one; then puts are one atomic batch. Later parts never survive a crash without
 * the earlier ones, since all go through one write-ahead log.
 */
export interface WriteRequest {
  readonly ranges?: readonly Range[]
  readonly puts?: readonly Put[]
  /** Wait until everything up to here survives a power cut. A request with it has puts. */
  readonly sync: boolean
}

export interface NumberedRequest extends WriteRequest {
  readonly id: number
  /** Goes to the thread and comes back with the answer; `puts` may be views of it. */
  readonly lent?: ArrayBuffer
}

export interface WriteAnswer {
  readonly id: number
  readonly lent?: ArrayBuffer
  readonly error?: { readonly message: string; readonly code?: string }
}
