import { type Client, CreateMode } from '@menagerie/client'
import { concatMap, type Observable, scan } from 'rxjs'
import { bytesCodec } from '../base/codec.js'
import { RecipeError } from '../base/errors.js'
import { argument, checkedName, checkedPath } from '../base/paths.js'
import { text, utf8 } from '../base/text.js'
import { SharedValue, type Versioned } from '../shared/shared-value.js'
import { type Schema, type TypeOf, validate } from './schema.js'

/** A value that is valid, as of one moment. */
export interface ConfigValue<T> extends Versioned<T> {
  /** Whether it is stored; otherwise it is what the schema makes of undefined. */
  readonly stored: boolean
}

/** One step of a configuration key. */
export interface ConfigChange<T> {
  /** The newest valid value. */
  readonly current: ConfigValue<T> | undefined
  /** Why what is stored now is not valid: `current` is the one before. Undefined if all is well. */
  readonly problem: RecipeError | undefined
}

/**
 * Configuration by key, each validated by its schema when it is written and when it is read.
 *
 * ```ts
 * const config = new ConfigStore(client, '/config', { limits: z.object({ rps: z.number() }) })
 * await config.set('limits', { rps: 100 })
 * config.changes$('limits').subscribe(({ current, problem }) => apply(current?.value))
 * ```
 *
 * Each key is a znode with JSON below the path. **Guarantee**: `get` and `changes$` give valid values only; changes arrive in
 * order, and what changes in quick succession may arrive as its last state. Failures are those of `SharedValue`.
 */
export class ConfigStore<S extends Record<string, Schema<unknown>>> {
  /** The folder of the keys. */
  readonly path: string
  readonly #schemas: S
  readonly #values = new Map<string, SharedValue<Uint8Array>>()

  /** @throws RECIPE_ARGUMENT for a path or key that cannot be */
  constructor(client: Client, path: string, schemas: S) {
    this.path = checkedPath(path)
    this.#schemas = schemas
    const options = { codec: bytesCodec, initial: new Uint8Array(0), parentMode: CreateMode.PERSISTENT }
    for (const key of Object.keys(schemas)) {
      this.#values.set(key, new SharedValue(client, `${path}/${checkedName(key, 'a key')}`, options))
    }
  }

  /** @throws RECIPE_DATA_INVALID what is stored is not valid, or nothing is and the schema has no default */
  async get<K extends keyof S & string>(key: K): Promise<ConfigValue<TypeOf<S[K]>>> {
    return await this.#read(key, await this.#value(key).get())
  }

  /**
   * @param from only if it is still this one; without it, whatever is there
   * @returns whether it was set: false if it has changed since `from`
   * @throws RECIPE_DATA_INVALID the value is not valid; nothing is written
   */
  async set<K extends keyof S & string>(
    key: K,
    value: TypeOf<S[K]>,
    from?: ConfigValue<TypeOf<S[K]>>,
  ): Promise<boolean> {
    await this.#validated(key, value)
    const data = utf8(JSON.stringify(value))
    const shared = this.#value(key)
    if (from === undefined) {
      await shared.set(data)
      return true
    }
    return (await shared.trySet({ ...from, value: data }, data)) !== undefined
  }

  /** Changes a value by a function of the present one, until nobody came in between. @throws as {@link get} and {@link set} */
  async update<K extends keyof S & string>(
    key: K,
    change: (value: TypeOf<S[K]>) => TypeOf<S[K]>,
  ): Promise<TypeOf<S[K]>> {
    for (;;) {
      const present = await this.get(key)
      const value = change(present.value)
      if (await this.set(key, value, present)) return value
    }
  }

  /**
   * A key now and whenever it changes. What is not valid does not end the stream: it is told as `problem`, beside the newest
   * valid value. Errors when the session has expired.
   */
  changes$<K extends keyof S & string>(key: K): Observable<ConfigChange<TypeOf<S[K]>>> {
    type Change = ConfigChange<TypeOf<S[K]>>
    return this.#value(key).value$.pipe(
      concatMap(async (found): Promise<Change> => {
        try {
          return { current: await this.#read(key, found), problem: undefined }
        } catch (error) {
          return { current: undefined, problem: error as RecipeError }
        }
      }),
      scan((before: Change, now: Change) => (now.problem === undefined ? now : { ...now, current: before.current })),
    )
  }

  #value(key: string): SharedValue<Uint8Array> {
    const value = this.#values.get(key)
    if (value === undefined)
      throw argument(`there is no key '${key}'; there are ${[...this.#values.keys()].join(', ')}`)
    return value
  }

  async #read<K extends keyof S & string>(
    key: K,
    { value, version, fencingToken }: Versioned<Uint8Array>,
  ): Promise<ConfigValue<TypeOf<S[K]>>> {
    const stored = value.length > 0
    return {
      value: await this.#validated(key, stored ? this.#parse(key, value) : undefined),
      version,
      fencingToken,
      stored,
    }
  }

  #parse(key: string, bytes: Uint8Array): unknown {
    try {
      return JSON.parse(text(bytes))
    } catch (cause) {
      throw new RecipeError('RECIPE_DATA_INVALID', `${this.path}/${key} holds no JSON: ${messageOf(cause)}`, { cause })
    }
  }

  async #validated<K extends keyof S & string>(key: K, value: unknown): Promise<TypeOf<S[K]>> {
    try {
      return (await validate(this.#schemas[key], value)) as TypeOf<S[K]>
    } catch (cause) {
      const message = `${this.path}/${key} is not valid: ${messageOf(cause)}`
      throw new RecipeError('RECIPE_DATA_INVALID', message, { cause })
    }
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
