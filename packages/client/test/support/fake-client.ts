import { type Client, type ClientOptions, connect } from '@menagerie/client'
import type { JuteWriter } from '@menagerie/core/jute'
import { type Stat, StatResponse } from '@menagerie/core/jute'
import { FakeNetwork, type FakePeer, type WelcomeOptions } from './fake-server.js'
import { ManualClock } from './manual-clock.js'

export interface Scene {
  readonly client: Client
  readonly peer: FakePeer
  readonly network: FakeNetwork
  readonly clock: ManualClock
}

/** A client that is connected to a fake server. */
export async function connected(options: Partial<ClientOptions> = {}, greeting?: WelcomeOptions): Promise<Scene> {
  const network = new FakeNetwork()
  const clock = new ManualClock()
  const connecting = connect({ servers: 'a:1', dialer: network, clock, shuffleServers: false, ...options })
  const peer = await network.welcome(greeting)
  return { client: await connecting, peer, network, clock }
}

export const STAT: Stat = {
  czxid: 0x1f_ffff_ffff_ffff,
  mzxid: 2,
  ctime: 1_700_000_000_000,
  mtime: 1_700_000_000_001,
  version: 3,
  cversion: -4,
  aversion: 5,
  ephemeralOwner: -0x7000_0000_0000_0001n,
  dataLength: 6,
  numChildren: 7,
  pzxid: 8,
}

export function stat(writer: JuteWriter): void {
  StatResponse.write(writer, { stat: STAT })
}

export function dataAndStat(data: Uint8Array | null): (writer: JuteWriter) => void {
  return writer => {
    writer.buffer(data)
    stat(writer)
  }
}

/** Everything that promises have set in motion. */
export function settled(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

/** Breaks the connection and takes up the one that replaces it. */
export async function replaced({ peer, network, clock }: Scene): Promise<FakePeer> {
  peer.close()
  await settled()
  clock.advance(1000)
  return network.welcome()
}
