import type { Operation } from '../history/index.js'

export function hex(value: number | bigint): string {
  return `0x${(typeof value === 'bigint' ? BigInt.asUintN(64, value) : value).toString(16)}`
}

/** An operation for people: who, what, when, and what came of it. */
export function show(operation: Operation): string {
  const { client, session, xid, server, request, beganUs, endedUs, reply } = operation
  const details = JSON.stringify(request, (_, value) => (typeof value === 'bigint' ? hex(value) : value))
  const outcome = reply === null ? 'no reply' : `code ${reply.code} at zxid ${hex(reply.zxid)}`
  return `${client} (session ${hex(session)}, xid ${xid}, server ${server}) ${details}, ${ms(beganUs)} to ${ms(endedUs)}: ${outcome}`
}

function ms(us: number): string {
  return Number.isFinite(us) ? `${(us / 1000).toFixed(1)} ms` : 'never'
}
