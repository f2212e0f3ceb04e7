/** Users, super users and authentication schemes out of a zoo.cfg and its JAAS file. */
import { readJaas } from './jaas.js'
import type { JavaProperties } from './java-properties.js'
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

/** Apache's classes with the scheme that each serves. */
const providers: Readonly<Record<string, string | undefined>> = {
  IPAuthenticationProvider: 'ip',
  DigestAuthenticationProvider: 'digest',
  X509AuthenticationProvider: 'x509',
  SASLAuthenticationProvider: 'sasl',
  EnsembleAuthenticationProvider: 'ensemble',
  KeyAuthenticationProvider: undefined,
}

/** Why an entry for a scheme changes nothing; left out for those that have to be asked for. */
const schemeIsThere: Readonly<Record<string, string | undefined>> = {
  ip: 'the ip scheme is always there',
  digest: 'the digest scheme is there unless DigestAuthenticationProvider.enabled=false',
  sasl: 'the sasl scheme is there once there are SASL users',
}

const packageName = 'org.apache.zookeeper.server.auth.'

function takeProviders({ draft, given }: ZooReading): void {
  const names = given.get('ensembleAuthName')
  let ensemble = false
  for (const entry of given.values()) {
    if (entry.key.key !== 'authProvider.*') continue
    const scheme = schemeOf(entry.value as string)
    if ('problem' in scheme) draft.problems.push({ ...place(entry), message: scheme.problem })
    else {
      const { file, line, key } = entry.origin
      const because = schemeIsThere[scheme.name]
      if (scheme.name === 'x509') draft.set('settings.x509AuthEnabled', true, entry.origin)
      else if (because !== undefined) draft.unused.push({ file, line, key, value: entry.text, because })
      else if (names) draft.set('settings.ensembleAuthNames', names.value, names.origin)
      else draft.warnings.push({ ...place(entry), message: 'has no effect without ensembleAuthName' })
      ensemble ||= scheme.name === 'ensemble'
    }
  }
  if (names && !ensemble) {
    const message = `has no effect without the scheme: authProvider.1=${packageName}EnsembleAuthenticationProvider`
    draft.warnings.push({ ...place(names), message })
  }
}

function schemeOf(name: string): { name: string } | { problem: string } {
  const simple = name.startsWith(packageName) ? name.slice(packageName.length) : ''
  const scheme = providers[simple]
  if (scheme !== undefined) return { name: scheme }
  if (Object.hasOwn(providers, simple)) return { problem: `is not supported: ${simple} is an example of Apache's` }
  const guess = nearest(
    name,
    Object.keys(providers).map(known => packageName + known),
  )
  const hint =
    guess === undefined ? 'write the scheme as a plugin and name it in a YAML file' : `did you mean ${guess}?`
  return { problem: `found ${name}, a Java class that cannot be loaded here; ${hint}` }
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
  if (superPassword && (!users || !Object.hasOwn(users, 'super'))) {
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

/**
 * What `${NAME}` in a JAAS file stands for: keys of the file as Apache makes properties of them, zookeeper.KEY, and
 * those of java.* as they are; then what the process knows.
 */
export function propertiesOf({ given, files }: ZooReading): JavaProperties {
  return name => given.get(name.startsWith('zookeeper.') ? name.slice(10) : name)?.text ?? files.property?.(name)
}

export const digestModule = 'org.apache.zookeeper.server.auth.DigestLoginModule'

/** The users of the server's section, or undefined after a problem has been reported. */
function readUsers(
  reading: ZooReading,
  jaas: GivenValue,
  section: GivenValue | undefined,
): Record<string, string> | undefined {
  const { draft, files } = reading
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
  const { sections, problem } = readJaas(text, propertiesOf(reading))
  if (problem) return report(problem.message, problem.line)
  const name = (section?.value as string | undefined) ?? 'Server'
  const modules = sections.get(name)
  if (!modules) {
    const names = [...sections.keys()].join(', ') || 'no section at all'
    const message = `has no section ${name} (sasl.serverconfig), found ${names}`
    if (section) return report(message, 1)
    // A file for servers or clients alone, with which Apache starts too (ServerCnxnFactory.configureSaslLogin).
    if (reading.given.get('quorum.auth.enableSasl')?.value !== true) {
      draft.warnings.push({ ...place(jaas), message: `${file} ${message}: SASL is not offered to clients` })
    }
    return undefined
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
