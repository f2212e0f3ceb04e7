import { type Client, CreateMode } from '@menagerie/client'
import type { Observable } from 'rxjs'
import { type Codec, decimalCodec, int32Codec, int64Codec } from '../base/codec.js'
import { argument } from '../base/paths.js'
import { SharedValue, type Versioned } from './shared-value.js'

/** For counters. */
export interface CounterOptions {
  /**
   * How the number is stored: 32 bits big-endian as Curator's SharedCount and DistributedAtomicInteger (and kazoo's Counter
   * with `support_curator`), or text as kazoo's Counter. Default `curator`.
   */
  readonly dialect?: 'curator' | 'kazoo'
  /** Its value while nobody has counted. Default 0. */
  readonly initial?: number
}

/** What a change made of what. */
export interface Change<N> {
  /** What it was. */
  readonly before: N
  /** What it is. */
  readonly after: N
  /** The zxid of the change; see {@link Versioned.fencingToken}. */
  readonly fencingToken: number
}

/** What both counters do, in numbers or in bigints. */
abstract class AtomicNumber<N extends number | bigint> {
  protected readonly shared: SharedValue<N>
  readonly #sum: (a: N, b: N) => N

  constructor(shared: SharedValue<N>, sum: (a: N, b: N) => N) {
    this.shared = shared
    this.#sum = sum
  }

  get path(): string {
    return this.shared.path
  }

  async get(): Promise<N> {
    return (await this.shared.get()).value
  }

  /**
   * Adds, and tells what it was and is: no two callers see the same change. Competing changes start over; one of them
   * always gets through.
   * @throws RECIPE_ARGUMENT the sum does not fit
   * @throws RECIPE_OUTCOME_UNKNOWN the reply was lost, and it cannot be told whether this was added
   */
  async add(amount: N): Promise<Change<N>> {
    let before = amount
    const { value, fencingToken } = await this.shared.update(value => {
      before = value
      return this.#sum(value, amount)
    })
    return { before, after: value, fencingToken }
  }

  /** Sets it, whatever it was. */
  set(value: N): Promise<void> {
    return this.shared.set(value)
  }

  /** Sets it if it is what is expected. @throws RECIPE_OUTCOME_UNKNOWN as {@link add} */
  async compareAndSet(expected: N, value: N): Promise<boolean> {
    for (;;) {
      const found = await this.shared.get()
      if (found.value !== expected) return false
      if ((await this.shared.trySet(found, value)) !== undefined) return true
    }
  }

  /** Its value now and after each change, see {@link SharedValue.value$}. */
  get value$(): Observable<Versioned<N>> {
    return this.shared.value$
  }
}

/**
 * A number that all count with (Curator SharedCount and DistributedAtomicInteger, kazoo Counter).
 *
 * **Guarantee**: each addition happens once and starts from the one before. Failures are those of {@link SharedValue}.
 */
export class Counter extends AtomicNumber<number> {
  /** @throws RECIPE_ARGUMENT for a path or dialect that cannot be */
  constructor(client: Client, path: string, { dialect = 'curator', initial = 0 }: CounterOptions = {}) {
    const codecs: Record<string, Codec<number>> = { curator: int32Codec, kazoo: decimalCodec }
    const codec = codecs[dialect]
    if (codec === undefined) throw argument(`dialect '${dialect}' has no counter; 'curator' and 'kazoo' have`)
    const parentMode = dialect === 'kazoo' ? CreateMode.PERSISTENT : CreateMode.CONTAINER
    super(new SharedValue(client, path, { codec, initial, parentMode }), (a, b) => a + b)
  }

  /** Adds one. @throws as {@link add} */
  increment(): Promise<Change<number>> {
    return this.add(1)
  }

  /** Takes one away. @throws as {@link add} */
  decrement(): Promise<Change<number>> {
    return this.add(-1)
  }
}

/** As {@link Counter}, with 64 bits (Curator DistributedAtomicLong). */
export class AtomicLong extends AtomicNumber<bigint> {
  /** @throws RECIPE_ARGUMENT for a path that cannot be */
  constructor(client: Client, path: string, { initial = 0n }: { readonly initial?: bigint } = {}) {
    super(new SharedValue(client, path, { codec: int64Codec, initial }), (a, b) => a + b)
  }

  /** Adds one. @throws as {@link add} */
  increment(): Promise<Change<bigint>> {
    return this.add(1n)
  }

  /** Takes one away. @throws as {@link add} */
  decrement(): Promise<Change<bigint>> {
    return this.add(-1n)
  }
}
