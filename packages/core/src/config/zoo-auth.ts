/** Users, super users and authentication schemes out of a zoo.cfg and its JAAS file. */
import { readJaas } from './jaas.js'
import { nearest } from './nearest.js'
import type { GivenValue, ZooReading } from './zoo-cfg.js'

export function takeAuthentication(reading: ZooReading): void {
  takeSuperUsers(reading)
  takeProviders(reading)
  takeSaslUsers(reading)
}

const place = ({ origin: { file, line, key } }: GivenValue) => ({ file, line, key })

function takeSuperUsers({ draft, given }: ZooReading): void {
  const users = [...given.values()].filter(({ name }) => name === 'superUser' || name.startsWith('superUser.'))
  if (users.length === 0) return
  draft.set(
    'settings.superUsers',
    users.map(user => user.value),
    users[0]!.origin,
  )
}

/** Apache's classes, and what is there in their place. */
const providers: Readonly<Record<string, { builtIn: true } | { reason: string }>> = {
  IPAuthenticationProvider: { builtIn: true },
  DigestAuthenticationProvider: { builtIn: true },
  X509AuthenticationProvider: { builtIn: true },
  SASLAuthenticationProvider: { builtIn: true },
  EnsembleAuthenticationProvider: { reason: 'the ensemble scheme is not there in this version' },
  KeyAuthenticationProvider: { reason: 'it is an example of Apache and not there in this version' },
}

const packageName = 'org.apache.zookeeper.server.auth.'

function takeProviders({ draft, given }: ZooReading): void {
  for (const entry of given.values()) {
    if (entry.key.key !== 'authProvider.*') continue
    const name = entry.value as string
    const known = name.startsWith(packageName) ? providers[name.slice(packageName.length)] : undefined
    if (known && 'builtIn' in known) {
      const because = 'this scheme is built in'
      const { file, line, key } = entry.origin
      draft.unused.push({ file, line, key, value: name, because })
    } else if (known) {
      draft.problems.push({ ...place(entry), message: `is not supported: ${known.reason}` })
    } else {
      const guess = nearest(
        name,
        Object.keys(providers).map(simple => packageName + simple),
      )
      const hint =
        guess === undefined ? 'write the scheme as a plugin and name it in a YAML file' : `did you mean ${guess}?`
      draft.problems.push({
        ...place(entry),
        message: `found ${name}, a Java class that cannot be loaded here; ${hint}`,
      })
    }
  }
}

function takeSaslUsers(reading: ZooReading): void {
  const { draft, given } = reading
  const jaas = given.get('java.security.auth.login.config')
  const superPassword = given.get('SASLAuthenticationProvider.superPassword')
  const section = given.get('sasl.serverconfig')
  const users = jaas ? readUsers(reading, jaas, section) : undefined
  if (!jaas && section) {
    const message = 'has no effect without java.security.auth.login.config, the JAAS file'
    draft.warnings.push({ ...place(section), message })
  }
  if (superPassword && users && Object.hasOwn(users, 'super')) users['super'] = superPassword.value as string
  else if (superPassword) {
    const message = 'has no effect, as with Apache, since the JAAS file names no user super (user_super="...")'
    draft.warnings.push({ ...place(superPassword), message })
  }
  if (!users) return
  const fips = given.get('fips-mode')
  if (fips?.value === true) {
    draft.warnings.push({ ...place(fips), message: 'SASL DIGEST-MD5 is not offered, and the JAAS file has no effect' })
    return
  }
  draft.set('settings.saslUsers', users, jaas!.origin)
}

const digestModule = 'org.apache.zookeeper.server.auth.DigestLoginModule'

/** The users of the server's section, or undefined after a problem has been reported. */
function readUsers(
  { draft, files }: ZooReading,
  jaas: GivenValue,
  section: GivenValue | undefined,
): Record<string, string> | undefined {
  const file = jaas.value as string
  const report = (message: string, line?: number) => {
    draft.problems.push(line === undefined ? { ...place(jaas), message } : { file, line, message })
    return undefined
  }
  let text: string | undefined
  try {
    text = files.read(file)
  } catch (error) {
    return report((error as Error).message)
  }
  if (text === undefined) return report(`there is no file "${file}"`)
  const { sections, problem } = readJaas(text)
  if (problem) return report(problem.message, problem.line)
  const name = (section?.value as string | undefined) ?? 'Server'
  const modules = sections.get(name)
  if (!modules) {
    const names = [...sections.keys()].join(', ') || 'no section at all'
    return report(`has no section ${name} (sasl.serverconfig), found ${names}`, 1)
  }
  const users: Record<string, string> = {}
  for (const module of modules) {
    if (module.className !== digestModule) {
      const why = module.className.includes('Krb5') ? 'there is no Kerberos in this version' : 'it is not known'
      report(`${module.className}: ${why}, expected ${digestModule}`, module.line)
      continue
    }
    for (const [option, value] of module.options) if (option.startsWith('user_')) users[option.slice(5)] = value
  }
  return users
}
