/** The configuration of a server to be measured: the same zoo.cfg for Apache and Menagerie, YAML where it names parts. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { partsOf, type ServerKind } from './kinds.js'

/** One server's place in an ensemble. */
export interface Member {
  id: number
  /** Where clients reach it. */
  port: number
  /** Of every server, by id from 1 on. */
  peers: readonly { quorumPort: number; electionPort: number }[]
  /** Where the servers meet, if they meet at NATS. */
  natsUrl?: string
}

export interface ConfigOptions {
  kind: ServerKind
  dir: string
  snapCount?: number
  member?: Member
}

/** Writes it below the server's directory. @returns its path */
export function writeConfig(options: ConfigOptions, port: number): string {
  const { kind, dir, member } = options
  const dataDir = join(dir, 'data')
  mkdirSync(dataDir, { recursive: true })
  const usual = kind === 'apache' || kind === 'menagerie'
  const file = join(dir, usual ? 'zoo.cfg' : 'menagerie.yaml')
  writeFileSync(file, usual ? zooCfg(dataDir, port, options) : yaml(dataDir, port, options))
  if (usual && member !== undefined) writeFileSync(join(dataDir, 'myid'), `${member.id}\n`)
  return file
}

/** The same file for both servers. */
export function zooCfg(dataDir: string, port: number, { snapCount, member }: Partial<ConfigOptions> = {}): string {
  const lines = [
    'tickTime=2000',
    `dataDir=${dataDir}`,
    `clientPort=${port}`,
    'clientPortAddress=127.0.0.1',
    'maxClientCnxns=0',
    'admin.enableServer=false',
    '4lw.commands.whitelist=*',
  ]
  if (snapCount !== undefined) lines.push(`snapCount=${snapCount}`)
  if (member !== undefined) {
    // As many ticks as a large tree takes to be sent and written.
    lines.push('initLimit=60', 'syncLimit=30')
    for (const [index, { quorumPort, electionPort }] of member.peers.entries()) {
      lines.push(`server.${index + 1}=127.0.0.1:${quorumPort}:${electionPort}`)
    }
  }
  return `${lines.join('\n')}\n`
}

/** The same settings for a server whose parts are named. JSON is YAML. */
function yaml(dataDir: string, port: number, { kind, snapCount, member }: ConfigOptions): string {
  const parts = partsOf(kind)
  const plugins: { use: string; with?: object }[] = []
  if (parts?.storage === 'rocksdb') plugins.push({ use: '@menagerie/storage-rocksdb', with: { path: dataDir } })
  else if (parts?.storage === 'memory') plugins.push({ use: '@menagerie/core/memory' })
  else plugins.push({ use: '@menagerie/storage-file', with: { dataDir } })
  if (parts?.transport === 'nats' && member !== undefined) {
    plugins.push({ use: '@menagerie/transport-nats', with: { servers: member.natsUrl } })
  }
  const peers = member?.peers.map(({ quorumPort, electionPort }, index) => [
    index + 1,
    { host: '127.0.0.1', peer: quorumPort, election: electionPort },
  ])
  const server = {
    ...(member && { id: member.id }),
    clients: { listen: `127.0.0.1:${port}` },
    tickTimeMs: 2000,
    maxClientCnxns: 0,
    fourLetterWords: ['*'],
    ...(snapCount !== undefined && { snapCount }),
  }
  return JSON.stringify({ server, ...(peers && { ensemble: Object.fromEntries(peers) }), plugins }, null, 2)
}
