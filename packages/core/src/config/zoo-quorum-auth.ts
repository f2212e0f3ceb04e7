/** SASL between servers out of a zoo.cfg and its JAAS file (Apache: QuorumAuth, QuorumPeerConfig). */
import type { QuorumSasl } from './ensemble.js'
import { type LoginModule, readJaas } from './jaas.js'
import { digestModule, propertiesOf } from './zoo-auth.js'
import type { GivenValue, ZooReading } from './zoo-cfg.js'

const ENABLE = 'quorum.auth.enableSasl'
const SERVER = 'quorum.auth.serverRequireSasl'
const LEARNER = 'quorum.auth.learnerRequireSasl'

const place = ({ origin: { file, line, key } }: GivenValue) => ({ file, line, key })

/** Undefined where it is off, or after a problem has been reported. */
export function takeQuorumSasl(reading: ZooReading): QuorumSasl | undefined {
  const { draft, given, file } = reading
  const on = (key: string) => given.get(key)?.value === true
  if (!on(ENABLE)) {
    // Nobody should think that servers are authenticated when they are not.
    for (const key of [LEARNER, SERVER]) {
      const entry = given.get(key)
      if (on(key)) draft.problems.push({ ...place(entry!), message: `has no effect without ${ENABLE}=true` })
    }
    return undefined
  }
  if (on(SERVER) && !on(LEARNER)) {
    const message = `needs ${LEARNER}=true as well: this server would be refused by the others`
    draft.problems.push({ ...place(given.get(SERVER)!), message })
    return undefined
  }
  if (given.get('fips-mode')?.value === true) {
    draft.problems.push({ ...place(given.get(ENABLE)!), message: 'cannot be, since fips-mode=true forbids DIGEST-MD5' })
    return undefined
  }
  const jaas = given.get('java.security.auth.login.config')
  if (jaas === undefined) {
    draft.problems.push({ file, key: ENABLE, message: 'needs java.security.auth.login.config, the JAAS file' })
    return undefined
  }
  const sections = readSections(reading, jaas)
  if (sections === undefined) return undefined
  const section = (key: string, fallback: string) => {
    const name = (given.get(key)?.value as string | undefined) ?? fallback
    const module = digestOf(sections.get(name))
    if (module === undefined) {
      const message = `has no section ${name} with ${digestModule} (${key})`
      draft.problems.push({ file: jaas.value as string, message })
    }
    return module?.options
  }
  const server = section('quorum.auth.server.saslLoginContext', 'QuorumServer')
  const learner = section('quorum.auth.learner.saslLoginContext', 'QuorumLearner')
  if (server === undefined || learner === undefined) return undefined
  const username = learner.get('username')
  const password = learner.get('password')
  if (username === undefined || password === undefined) {
    const message = 'has no username and password in its section for learners (quorum.auth.learner.saslLoginContext)'
    draft.problems.push({ file: jaas.value as string, message })
    return undefined
  }
  const users: Record<string, string> = {}
  for (const [option, value] of server) if (option.startsWith('user_')) users[option.slice(5)] = value
  return { serverRequire: on(SERVER), learnerRequire: on(LEARNER), users, username, password }
}

function digestOf(modules: readonly LoginModule[] | undefined): LoginModule | undefined {
  return modules?.find(({ className }) => className === digestModule)
}

function readSections(reading: ZooReading, jaas: GivenValue) {
  const file = jaas.value as string
  try {
    const text = reading.files.read(file)
    // Reported by whoever takes the users of clients from it.
    if (text === undefined) return undefined
    return readJaas(text, propertiesOf(reading)).sections
  } catch {
    return undefined
  }
}
