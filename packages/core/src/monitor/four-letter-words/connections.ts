/** cons: each connection with its statistics. crst: those statistics start again. */
import { OpCode } from '../../jute/codes.js'
import type { ConnectionFacts, MonitorSource } from '../monitor-source.js'
import { hex64, lines, NOT_SERVING, socketAddress } from './format.js'

/** java.nio's SelectionKey bits, which Apache shows in brackets. */
const OP_READ = 1
const OP_WRITE = 4

const OPERATION_NAMES: ReadonlyMap<number, string> = new Map([
  [OpCode.ping, 'PING'],
  [OpCode.createSession, 'SESS'],
  [OpCode.multi, 'MULT'],
  [OpCode.multiRead, 'MLTR'],
  [OpCode.create, 'CREA'],
  [OpCode.create2, 'CREA'],
  [OpCode.createTTL, 'CREA'],
  [OpCode.createContainer, 'CREA'],
  [OpCode.delete, 'DELE'],
  [OpCode.deleteContainer, 'DELE'],
  [OpCode.setData, 'SETD'],
  [OpCode.reconfig, 'RECO'],
  [OpCode.setACL, 'SETA'],
  [OpCode.closeSession, 'CLOS'],
  [OpCode.sync, 'SYNC'],
  [OpCode.check, 'CHEC'],
  [OpCode.exists, 'EXIS'],
  [OpCode.getData, 'GETD'],
  [OpCode.setWatches, 'SETW'],
  [OpCode.setWatches2, 'STW2'],
  [OpCode.addWatch, 'ADDW'],
  [OpCode.getACL, 'GETA'],
  [OpCode.getChildren, 'GETC'],
  [OpCode.getChildren2, 'GETC'],
  [OpCode.getAllChildrenNumber, 'GETACN'],
  [OpCode.checkWatches, 'CHKW'],
  [OpCode.removeWatches, 'REMW'],
  [OpCode.whoAmI, 'HOMI'],
  [OpCode.getEphemerals, 'GETE'],
])

/** Apache's short word for the last operation of a connection; NA before the first. */
export function operationName(opcode: number | undefined): string {
  return (opcode === undefined ? undefined : OPERATION_NAMES.get(opcode)) ?? 'NA'
}

export function cons(source: MonitorSource): string {
  if (!source.isServing) return `${NOT_SERVING}\n`
  return lines([...[...source.connections()].map(connection => connectionLine(connection)), ''])
}

export function crst(source: MonitorSource): string {
  if (!source.isServing) return `${NOT_SERVING}\n`
  for (const connection of source.connections()) connection.statistics.reset()
  return 'Connection stats reset.\n'
}

/** The short form that stat shows. */
export function briefConnectionLine(connection: ConnectionFacts): string {
  return ` ${address(connection)}(${counts(connection)})`
}

/** The long form; a connection without session is shown in short. */
function connectionLine(connection: ConnectionFacts): string {
  if (connection.sessionId === 0n) return briefConnectionLine(connection)
  const { statistics } = connection
  const details = [
    `sid=${hex64(connection.sessionId)}`,
    `lop=${operationName(statistics.lastOperation)}`,
    `est=${connection.establishedAtMs}`,
    `to=${connection.sessionTimeoutMs}`,
    ...(statistics.lastCxid >= 0 ? [`lcxid=${hex64(statistics.lastCxid)}`] : []),
    `lzxid=${hex64(statistics.lastZxid)}`,
    `lresp=${Math.round(statistics.lastResponseAtMs)}`,
    `llat=${Math.round(statistics.lastLatencyMs)}`,
    `minlat=${Math.round(statistics.minLatencyMs)}`,
    `avglat=${statistics.averageLatencyMs}`,
    `maxlat=${Math.round(statistics.maxLatencyMs)}`,
  ]
  return ` ${address(connection)}(${counts(connection)},${details.join(',')})`
}

function address(connection: ConnectionFacts): string {
  return `${socketAddress(connection.remoteAddress, connection.remotePort)}[${interestOps(connection).toString(16)}]`
}

/** What cons calls `interestOps`: the bits of Java's selector for reading and writing. */
export function interestOps({ isReading, isWriting }: ConnectionFacts): number {
  return (isReading ? OP_READ : 0) | (isWriting ? OP_WRITE : 0)
}

function counts(connection: ConnectionFacts): string {
  const { packetsReceived, packetsSent } = connection.statistics
  return `queued=${connection.outstandingRequests},recved=${packetsReceived},sent=${packetsSent}`
}
