/** Requests that must not reach a tree. */
import { JuteWriter, OpCode } from '@menagerie/core/jute'
import { PacketType, writeRequest } from '@menagerie/core/zab'
import type { Scenario } from './scenario.js'

export const requestScenarios: readonly Scenario[] = [
  {
    name: 'ZOOKEEPER-2623: a check outside of a multi, as a server of Apache forwards it, leaves every tree as it is',
    seed: 41,
    failsWith: [],
    async run(stage) {
      const leader = await stage.settled()
      const [follower] = stage.others(leader)
      await stage.commits(5)
      await stage.until('a client has a session', () => stage.sessionOf(1) !== 0n)
      const session = stage.sessionOf(1)
      const writer = new JuteWriter()
      // No client waits for it, as little as the checkers do.
      const request = { session, cxid: 0, opcode: OpCode.check, body: new Uint8Array([0, 0, 0, 1, 47, 0, 0, 0, 0]) }
      writeRequest(writer, request, [])
      const before = stage.committed
      stage.inject(follower, leader, writer.take())
      await stage.packet(PacketType.REQUEST, { to: leader, from: follower })
      await stage.until('it is committed as an error', () => stage.committed > before)
      for (const server of stage.servers) stage.crash(server, { tail: 1 })
      for (const server of stage.servers) stage.start(server)
      await stage.settled()
      await stage.commits(3)
    },
  },
]
