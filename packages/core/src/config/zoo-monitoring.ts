/** The AdminServer, the metrics endpoint and the audit log out of a zoo.cfg. */
import { findKey } from './catalogue/index.js'
import type { Origin, StoreOption } from './effective.js'
import { readProperties } from './properties.js'
import type { GivenValue, ZooReading } from './zoo-cfg.js'

/** Where Apache's AdminServer and metrics endpoint are, unless the file says otherwise. */
const EVERY_ADDRESS = '0.0.0.0'
const BY_DEFAULT: Origin = { source: 'default' }
const AUDIT_CLASS = 'org.apache.zookeeper.audit.Slf4jAuditLogger'

/** `text`: the file, for the command that shows it. */
export function takeMonitoring(reading: ZooReading, text: string): void {
  takeAdmin(reading)
  takeMetrics(reading)
  takeAudit(reading)
  takeAuditFile(reading)
  reading.draft.set('monitoring.configurationText', withoutSecrets(text), BY_DEFAULT)
}

/** Of what its keys have set by themselves, fills in what Apache has for defaults. */
function takeAdmin({ draft, given, file }: ZooReading): void {
  if (draft.get('admin.enabled') === undefined) draft.set('admin.enabled', true, BY_DEFAULT)
  if (draft.get('admin.host') === undefined) draft.set('admin.host', EVERY_ADDRESS, BY_DEFAULT)
  const wanting = [given.get('admin.forceHttps'), given.get('admin.portUnification')].find(key => key?.value === true)
  if (wanting === undefined || draft.get('admin.enabled') !== true) return
  const located = given.get('ssl.quorum.keyStore.location')
  if (located === undefined) {
    const message = `is not given, expected the file with key and certificate for ${wanting.name}`
    draft.problems.push({ file, key: 'ssl.quorum.keyStore.location', message })
    return
  }
  const value = <T>(name: string) => given.get(name)?.value as T | undefined
  const tls = {
    keyStore: storeOf(given, 'ssl.quorum.keyStore'),
    trustStore: storeOf(given, 'ssl.quorum.trustStore'),
    protocols: value<string[]>('ssl.quorum.enabledProtocols'),
    cipherSuites: value<string[]>('ssl.quorum.ciphersuites'),
  }
  draft.set('admin.tls', present(tls), located.origin)
}

function storeOf(given: ZooReading['given'], prefix: string): StoreOption | undefined {
  if (!given.has(`${prefix}.location`)) return undefined
  const parts = ['location', 'type', 'password', 'passwordPath']
  return present(Object.fromEntries(parts.map(part => [part, given.get(`${prefix}.${part}`)?.value]))) as StoreOption
}

const present = (value: object) => Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined))

const METRICS_KEYS = {
  'metricsProvider.httpHost': 'prometheus.host',
  'metricsProvider.httpPort': 'prometheus.port',
  'metricsProvider.exportJvmInfo': 'prometheus.processMetrics',
} as const

function takeMetrics({ draft, given }: ZooReading): void {
  const provider = given.get('metricsProvider.className')
  const name = (provider?.value as string | undefined) ?? 'DefaultMetricsProvider'
  if (/\.?PrometheusMetricsProvider$/.test(name)) {
    draft.set('prometheus.enabled', true, provider!.origin)
    draft.set('prometheus.host', EVERY_ADDRESS, BY_DEFAULT)
    for (const [key, path] of Object.entries(METRICS_KEYS)) {
      const value = given.get(key)
      if (value !== undefined) draft.set(path, value.value, value.origin)
    }
    return
  }
  for (const key of Object.keys(METRICS_KEYS)) {
    const value = given.get(key)
    if (value === undefined) continue
    const { file, line, key: written } = value.origin
    draft.unused.push({ file, line, key: written, value: value.text, because: 'it is for the Prometheus provider' })
  }
  if (provider === undefined || /\.?(DefaultMetricsProvider|NullMetricsProvider)$/.test(name)) return
  const message = `has no effect: there is no such provider; there are Apache's default one, its null one and its Prometheus one`
  draft.warnings.push({ ...place(provider), message })
}

function takeAudit({ draft, given }: ZooReading): void {
  const chosen = given.get('audit.impl.class')
  if (chosen === undefined || chosen.value === AUDIT_CLASS || draft.get('settings.auditEnabled') !== true) return
  const message = `found ${chosen.text}, expected ${AUDIT_CLASS}: classes of Java cannot be loaded; a plugin for the seam AuditLog writes an audit log in another way`
  draft.problems.push({ ...place(chosen), message })
}

/** Without `audit.enable` the file is not written, as nothing else is. */
function takeAuditFile({ draft, given }: ZooReading): void {
  const file = given.get('audit.file')
  if (file !== undefined && draft.get('settings.auditEnabled') === true)
    draft.set('monitoring.auditFile', file.value, file.origin)
}

const place = ({ origin: { file, line, key } }: GivenValue) => ({ file, line, key })

/** Whoever may look at a server's configuration need not learn its passwords from it. */
function withoutSecrets(text: string): string {
  const secrets = new Map(
    readProperties(text)
      .entries.filter(({ key }) => findKey(key)?.key.secret === true)
      .map(({ key, line }) => [line, key]),
  )
  const shown: string[] = []
  let hiding = false
  for (const [index, line] of text.split(/\r\n|\r|\n/).entries()) {
    const key = secrets.get(index + 1)
    if (key !== undefined) shown.push(`${key}=(set, not shown)`)
    else if (!hiding) shown.push(line)
    // A value goes on in the next line where this one ends in an odd number of backslashes.
    hiding = (hiding || key !== undefined) && /(^|[^\\])(\\\\)*\\$/.test(line)
  }
  return shown.join('\n')
}
