/**
 * An independent check that believes nothing that servers say about order: searches for an order of the operations
 * on one znode that agrees with real time and with every answer (after Wing and Gong, with states remembered as
 * Lowe proposed). It looks at znodes that only single operations touch and that never have children.
 */
import { KeeperCode } from '../../jute/codes.js'
import type { History, Operation, Violation } from '../history/index.js'
import { show } from './show.js'

const PROPERTY = 'writes are linearizable (by search)'
/** Steps of a search before it is given up as undecided. */
const STEPS_MAX = 20_000
/** Operations of unknown fate in one search; each may have taken effect at any time, or never. */
const UNKNOWN_MAX = 6

/** A znode as far as the search follows it; null where there is none. */
type Register = { readonly data: string; readonly version: number } | null

interface Step {
  readonly operation: Operation
  readonly beganAt: number
  readonly endedAt: number
}

/** Looks at each path by itself. Undecided searches pass. */
export function checkRegisters(history: History, paths: readonly string[]): Violation[] {
  const violations: Violation[] = []
  for (const path of paths) {
    const steps = stepsOf(history.operations, path)
    if (steps.filter(({ endedAt }) => endedAt === Number.POSITIVE_INFINITY).length > UNKNOWN_MAX) continue
    if (isLinearizable(steps)) continue
    const last = steps[steps.length - 1].operation
    violations.push({
      property: PROPERTY,
      message: `no order of the ${steps.length} operations on ${path} explains their answers; the last is ${show(last)}`,
    })
  }
  return violations
}

/** Writes, and reads behind a sync: those count from when the sync was asked for. */
function stepsOf(operations: readonly Operation[], path: string): Step[] {
  const steps: Step[] = []
  const lastSync = new Map<number, Operation>()
  for (const operation of operations) {
    const { request, reply, beganAt, endedAt, connection } = operation
    if (request.kind === 'sync') lastSync.set(connection, operation)
    if (!('path' in request) || request.path !== path) continue
    if (reply !== null && (reply.code === KeeperCode.SessionExpired || reply.code === KeeperCode.SessionMoved)) continue
    if (request.kind === 'create' || request.kind === 'setData' || request.kind === 'delete') {
      steps.push({ operation, beganAt, endedAt })
    } else if (
      (request.kind === 'getData' || request.kind === 'exists') &&
      reply !== null &&
      lastSync.has(connection)
    ) {
      steps.push({ operation, beganAt: lastSync.get(connection)!.beganAt, endedAt })
    }
  }
  return steps.sort((a, b) => a.beganAt - b.beganAt)
}

function isLinearizable(steps: readonly Step[]): boolean {
  const seen = new Set<string>()
  let left = STEPS_MAX
  const done = new Uint8Array(steps.length)
  const search = (register: Register, remaining: number): boolean => {
    if (remaining === 0) return true
    if (left-- <= 0) return true
    const key = `${stateKey(done)}:${register === null ? '' : `${register.version} ${register.data}`}`
    if (seen.has(key)) return false
    seen.add(key)
    // Whatever comes next must have begun before any of the others ended.
    let horizon = Number.POSITIVE_INFINITY
    for (let i = 0; i < steps.length; i++) if (done[i] === 0) horizon = Math.min(horizon, steps[i].endedAt)
    for (let i = 0; i < steps.length && steps[i].beganAt < horizon; i++) {
      if (done[i] !== 0) continue
      const { operation, endedAt } = steps[i]
      done[i] = 1
      const after = perform(operation, register)
      const certain = endedAt === Number.POSITIVE_INFINITY ? 0 : 1
      if (after !== undefined && search(after, remaining - certain)) return true
      done[i] = 0
    }
    return false
  }
  return search(null, steps.filter(({ endedAt }) => endedAt !== Number.POSITIVE_INFINITY).length)
}

/** Which steps are done: those up to the first that is not, and the few others. */
function stateKey(done: Uint8Array): string {
  let first = 0
  while (first < done.length && done[first] === 1) first++
  let key = String(first)
  for (let i = first; i < done.length; i++) if (done[i] === 1) key += `,${i}`
  return key
}

/** The state after an operation; undefined where its answer does not fit the state before. */
function perform({ request, reply }: Operation, register: Register): Register | undefined {
  const code = (expected: number, after: Register): Register | undefined =>
    reply === null || reply.code === expected ? after : undefined
  switch (request.kind) {
    case 'create':
      return register === null
        ? code(KeeperCode.Ok, { data: request.data, version: 0 })
        : code(KeeperCode.NodeExists, register)
    case 'setData': {
      if (register === null) return code(KeeperCode.NoNode, register)
      if (request.version !== -1 && request.version !== register.version) return code(KeeperCode.BadVersion, register)
      const version = register.version + 1
      if (reply?.stat !== undefined && reply.stat.version !== version) return undefined
      return code(KeeperCode.Ok, { data: request.data, version })
    }
    case 'delete':
      if (register === null) return code(KeeperCode.NoNode, register)
      if (request.version !== -1 && request.version !== register.version) return code(KeeperCode.BadVersion, register)
      return code(KeeperCode.Ok, null)
    case 'getData':
    case 'exists': {
      if (register === null) return code(KeeperCode.NoNode, register)
      if (reply?.data !== undefined && reply.data !== register.data) return undefined
      if (reply?.stat !== undefined && reply.stat.version !== register.version) return undefined
      return code(KeeperCode.Ok, register)
    }
    default:
      return register
  }
}
