/** The ensemble out of a zoo.cfg, its dynamic file and the file `myid`. */
import { nextDynamicFile } from './dynamic-files.js'
import { type EnsembleConfig, type EnsembleServer, judgeEnsemble, parseGroup, parseServer } from './ensemble.js'
import { parseEnsemble } from './members.js'
import { readProperties } from './properties.js'
import type { GivenValue, ZooReading } from './zoo-cfg.js'
import { takeQuorumSasl } from './zoo-quorum-auth.js'

const isMember = ({ key }: GivenValue) => key.key === 'server.*' || key.key === 'group.*' || key.key === 'weight.*'
const place = ({ origin: { file, line, key } }: GivenValue) => ({ file, line, key })

export function takeEnsemble(reading: ZooReading): void {
  const { draft, given, file } = reading
  const version = takeDynamicFile(reading)
  const problemsBefore = draft.problems.length
  const multiAddress = given.get('multiAddress.enabled')?.value === true
  const servers = new Map<number, EnsembleServer>()
  const groups = new Map<number, readonly number[]>()
  const weights = new Map<number, number>()
  for (const entry of [...given.values()].filter(isMember)) {
    const id = takeId(reading, entry)
    if (id === undefined) continue
    if (entry.key.key === 'weight.*') weights.set(id, entry.value as number)
    else if (entry.key.key === 'group.*') {
      const group = parseGroup(entry.text)
      if (group.problem === undefined) groups.set(id, group.value)
      else draft.problems.push({ ...place(entry), message: group.problem })
    } else {
      const server = parseServer(id, entry.text, multiAddress)
      if (server.problem === undefined) servers.set(id, server.value)
      else draft.problems.push({ ...place(entry), message: server.problem })
    }
  }
  const listed = [...given.values()].some(isMember)
  const standaloneEnabled = draft.get<boolean>('settings.standaloneEnabled') ?? true
  if (draft.problems.length > problemsBefore) return
  if (!listed && standaloneEnabled) {
    warnOfVersion(reading)
    return
  }
  const verdict = judgeEnsemble({ servers, groups, weights }, standaloneEnabled)
  for (const message of verdict.problems) draft.problems.push({ file, message })
  for (const message of [...verdict.warnings, ...sharedPlaces(servers)]) draft.warnings.push({ file, message })
  if (verdict.problems.length > 0) return
  if (verdict.distributed) requireLimits(reading)
  const myId = takeMyId(reading, servers, verdict.distributed)
  const options = new Map(
    [...given.values()].filter(({ key }) => key.role.type === 'ensemble').map(({ name, value }) => [name, value]),
  )
  const next = takeNext(reading)
  const sasl = takeQuorumSasl(reading)
  draft.ensemble = { servers, groups, weights, version, next, myId, distributed: verdict.distributed, options, sasl }
  checkRole(reading, draft.ensemble)
}

/** Servers at one place: a line was copied and its id changed. A warning only: a reconfiguration can leave such a list. */
function sharedPlaces(servers: ReadonlyMap<number, EnsembleServer>): string[] {
  const owners = new Map<string, number>()
  const found: string[] = []
  for (const { id, addresses } of servers.values()) {
    const ports = addresses.flatMap(({ host, quorumPort, electionPort }) => [
      `${host}:${quorumPort}`,
      `${host}:${electionPort}`,
    ])
    const shared = ports.find(place => (owners.get(place) ?? id) !== id)
    if (shared !== undefined) {
      found.push(`server.${owners.get(shared)} and server.${id} are both at ${shared}, where only one of them can be`)
    }
    for (const place of ports) if (!owners.has(place)) owners.set(place, id)
  }
  return found
}

/** `version` in a static file is written by Apache's reconfiguration only. */
function warnOfVersion({ draft, given }: ZooReading): void {
  const version = given.get('version')
  if (version) draft.warnings.push({ ...place(version), message: 'has no effect without a list of servers' })
}

function takeId({ draft }: ZooReading, entry: GivenValue): number | undefined {
  const text = entry.suffix ?? ''
  if (!/^\d{1,9}$/.test(text)) {
    draft.problems.push({ ...place(entry), message: `found "${text}" as number, expected a whole number` })
    return undefined
  }
  if (entry.key.key === 'server.*' && Number(text) > 254) {
    const message = 'ids of servers above 254 do not fit into session ids, and break TTL znodes'
    draft.warnings.push({ ...place(entry), message })
  }
  return Number(text)
}

/** Reads dynamicConfigFile, and returns the version that its name ends in. */
function takeDynamicFile({ draft, given, files, take }: ZooReading): string {
  const dynamic = given.get('dynamicConfigFile')
  if (!dynamic) return (given.get('version')?.text ?? '0').toLowerCase()
  for (const entry of given.values()) {
    if (!isMember(entry)) continue
    const message = `expected it in ${dynamic.text} only, since dynamicConfigFile is given`
    draft.problems.push({ ...place(entry), message })
  }
  const file = dynamic.value as string
  let text: string | undefined
  try {
    text = files.read(file)
    if (text === undefined) draft.problems.push({ ...place(dynamic), message: `there is no file "${file}"` })
  } catch (error) {
    draft.problems.push({ ...place(dynamic), message: (error as Error).message })
  }
  const { entries, problems } = readProperties(text ?? '')
  for (const { line, message } of problems) draft.problems.push({ file, line, message })
  const members = entries.filter(entry => {
    if (/^(server|group|weight)\./.test(entry.key)) return true
    const why = entry.key === 'version' ? 'the version is in the name of the file' : 'only servers, groups and weights'
    draft.problems.push({ file, line: entry.line, key: entry.key, message: `does not belong here: ${why}` })
    return false
  })
  take(file, members)
  const extension = /\.([0-9a-f]+)$/i.exec(file)?.[1]
  return extension === undefined ? '0' : BigInt(`0x${extension}`).toString(16)
}

/** Reads zoo.cfg.dynamic.next, which stands there while a reconfiguration is under way. */
function takeNext({ draft, given, files, file }: ZooReading): string | undefined {
  if (!given.has('dynamicConfigFile')) return undefined
  const path = nextDynamicFile(file)
  try {
    const text = files.read(path)
    const problem = text === undefined ? undefined : parseEnsemble(text).problem
    if (problem !== undefined) draft.problems.push({ file: path, message: problem })
    return text
  } catch (error) {
    draft.problems.push({ file: path, message: (error as Error).message })
    return undefined
  }
}

function requireLimits({ draft, given, file }: ZooReading): void {
  for (const key of ['initLimit', 'syncLimit']) {
    if (given.has(key) || draft.problems.some(problem => problem.key === key)) continue
    draft.problems.push({ file, key, message: 'is not given, expected a number of ticks: an ensemble needs it' })
  }
}

/** The id in dataDir/myid. Only an ensemble needs it; a single server takes it if it is there. */
function takeMyId(
  { draft, given, files, file }: ZooReading,
  servers: EnsembleConfig['servers'],
  distributed: boolean,
): number | undefined {
  const dataDir = draft.get<string>('storage.dataDir')
  if (dataDir === undefined) return undefined
  const path = `${dataDir.replace(/\/+$/, '')}/myid`
  const say = distributed ? draft.problems : draft.warnings
  let text: string | undefined
  try {
    text = files.read(path)
  } catch (error) {
    draft.problems.push({ file, message: (error as Error).message })
    return undefined
  }
  const ids = [...servers.keys()].sort((a, b) => a - b).join(', ')
  if (text === undefined) {
    if (distributed)
      say.push({ file, message: `there is no file ${path}, expected one with this server's id (${ids})` })
    return undefined
  }
  const [firstLine = ''] = text.split(/\r?\n/)
  const id = firstLine.trim()
  if (!/^\d{1,9}$/.test(id)) {
    const found = id === '' ? 'nothing' : `"${id.slice(0, 40)}"`
    draft.problems.push({ file: path, line: 1, message: `found ${found}, expected the id of this server (${ids})` })
    return undefined
  }
  if (!servers.has(Number(id))) {
    const dynamic = given.get('dynamicConfigFile')?.text
    const removed = `; if a reconfiguration has removed this server, add its line server.${id} there, and once it has joined add it by another one`
    const message = `found ${id}, expected one of the servers in ${dynamic ?? file} (${ids})${dynamic ? removed : ''}`
    say.push({ file: path, line: 1, message })
  }
  return Number(id)
}

/** The list decides over peerType, with a warning, as with Apache. */
function checkRole({ draft, given }: ZooReading, { servers, myId }: EnsembleConfig): void {
  const peerType = given.get('peerType')
  const listed = myId === undefined ? undefined : servers.get(myId)?.role
  if (!peerType || !listed || peerType.value === listed) return
  const message = `found ${peerType.value}, but server.${myId} is listed as ${listed}, which counts`
  draft.warnings.push({ ...place(peerType), message })
}
