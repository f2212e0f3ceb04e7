import { KeeperCode, OpCode } from '@menagerie/core/jute'
import type { Client as InnerClient } from '../client.js'
import { MultiError } from '../errors.js'
import type { Multi } from '../multi.js'
import { callbackOf, checkData, checkPath, createArguments, versionOf } from './arguments.js'
import { Exception, exceptionOf } from './exception.js'
import { type Stat, statOf } from './stat.js'
import type { ACL } from './values.js'

/** What one operation of a transaction gave; with type -1, `err` is its code. */
export interface TransactionResult {
  /** The opcode: 1 create, 2 remove, 5 setData, 13 check, -1 refused. */
  readonly type: number
  /** Of what was created. */
  readonly path?: string
  /** Of what was changed. */
  readonly stat?: Stat
  /** The code of what was refused. */
  readonly err?: number
}

/** Hears of the results, or of the error and what each operation came to. */
export type TransactionCallback = (error: Exception | null | undefined, results?: TransactionResult[]) => void

const TYPES = { create: OpCode.create, setData: OpCode.setData, delete: OpCode.delete, check: OpCode.check }

/** Operations that happen together or not at all. Each method returns the transaction. */
export class Transaction {
  readonly #client: () => Promise<InnerClient>
  readonly #steps: ((multi: Multi<unknown[]>) => Multi<unknown[]>)[] = []

  /** @internal */
  constructor(client: () => Promise<InnerClient>) {
    this.#client = client
  }

  /** Adds a create; arguments may be left out. */
  create(path: string, data?: Buffer | ACL[] | number | null, acls?: ACL[] | number, mode?: number): this {
    checkPath(path)
    const { data: bytes, ...options } = createArguments([data, acls, mode])
    return this.#add(multi => multi.create(path, bytes, options))
  }

  /** Makes the whole depend on a version; -1 for any. */
  check(path: string, version?: number): this {
    checkPath(path)
    const wanted = versionOf(version)
    return this.#add(multi => multi.check(path, wanted))
  }

  /** Adds a change of data; version -1 for any. */
  setData(path: string, data: Buffer | null | undefined, version?: number): this {
    checkPath(path)
    checkData(data)
    const wanted = versionOf(version)
    return this.#add(multi => multi.setData(path, data ?? null, wanted))
  }

  /** Adds a delete; version -1 for any. */
  remove(path: string, version?: number): this {
    checkPath(path)
    const wanted = versionOf(version)
    return this.#add(multi => multi.delete(path, wanted))
  }

  /** Sends it. The callback gets the results in order, or the error. */
  commit(callback: TransactionCallback): void {
    const tell = callbackOf<TransactionCallback>(callback)
    this.#commit().then(
      results => queueMicrotask(() => tell(undefined, results)),
      error => queueMicrotask(() => tell(...refusal(error))),
    )
  }

  async #commit(): Promise<TransactionResult[]> {
    const client = await this.#client()
    let multi = client.multi() as unknown as Multi<unknown[]>
    for (const step of this.#steps) multi = step(multi)
    return (await multi.commit()).map(resultOf)
  }

  #add(step: (multi: Multi<unknown[]>) => unknown): this {
    this.#steps.push(step as (multi: Multi<unknown[]>) => Multi<unknown[]>)
    return this
  }
}

function resultOf(result: unknown): TransactionResult {
  const { type, path, stat } = result as {
    type: keyof typeof TYPES
    path?: string
    stat?: Parameters<typeof statOf>[0]
  }
  const base = { type: TYPES[type] }
  if (type === 'create') return { ...base, path }
  return type === 'setData' && stat ? { ...base, stat: statOf(stat) } : base
}

function refusal(error: unknown): [Exception, TransactionResult[]?] {
  if (!(error instanceof MultiError)) return [exceptionOf(error)]
  const results = error.codes.map(err => ({ type: OpCode.error, err }))
  const code = error.codes.find(code => code !== KeeperCode.Ok) ?? error.code
  return [new Exception(code, undefined, { cause: error }), results]
}
