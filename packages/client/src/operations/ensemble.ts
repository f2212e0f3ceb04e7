/** Changing the ensemble. */
import { OpCode, ReconfigRequest, type Stat } from '@menagerie/core/jute'
import type { Operation } from '../request.js'
import { readDataStat } from './bodies.js'

/** Members of the ensemble to change to; see Apache's guide to dynamic reconfiguration. */
export interface ReconfigChange {
  /** Server lines to add, separated by commas. */
  readonly joining?: string | null
  /** Server ids to remove, separated by commas. */
  readonly leaving?: string | null
  /** The whole new list of server lines, instead of the other two. */
  readonly members?: string | null
  /** Only if the present configuration has this version; -1 for any. */
  readonly fromConfig?: number
}

export const RECONFIG: Operation<{ data: Uint8Array | null; stat: Stat }> = {
  opcode: OpCode.reconfig,
  name: 'reconfig',
  encode(writer, request) {
    const change = request.extra as ReconfigChange
    ReconfigRequest.write(writer, {
      joiningServers: change.joining ?? null,
      leavingServers: change.leaving ?? null,
      newMembers: change.members ?? null,
      curConfigId: change.fromConfig ?? -1,
    })
  },
  decode: readDataStat,
}
