import type { EnsembleConfig } from './ensemble.js'
import { ConfigError, type ConfigProblem, sortProblems } from './problem.js'
import { type ServerSettings, serverSettings } from './settings.js'

/** Where a value comes from. */
export interface Origin {
  readonly source: 'default' | 'file' | 'derived' | 'option'
  readonly file?: string
  readonly line?: number
  /** The key as it stands in the file, or the name of the command line option. */
  readonly key?: string
}

/** Options of `@menagerie/storage-file`; what is left out is that plugin's default. */
export interface StorageOptions {
  readonly dataDir?: string
  readonly dataLogDir?: string
  readonly preAllocSizeKb?: number
  readonly forceSync?: boolean
  readonly fsyncWarningThresholdMs?: number
  readonly snapshotCompression?: '' | 'gz' | 'snappy'
  readonly txnLogSizeLimitInKb?: number
  readonly autocreate?: boolean
}

/** One address at which clients are taken. */
export interface ListenOption {
  /** Left out: every address of the machine. */
  readonly host?: string
  /** 0 takes a free one. */
  readonly port: number
}

/** A file with certificates, and a key if it is the server's own. */
export interface StoreOption {
  readonly location: string
  readonly type?: 'PEM' | 'PKCS12'
  readonly password?: string
  readonly passwordPath?: string
}

/** What a zoo.cfg can say of TLS; the plugin has more. */
export interface TlsOption {
  readonly keyStore: StoreOption
  readonly trustStore?: StoreOption
  readonly clientAuth?: 'none' | 'want' | 'need'
  readonly protocols?: readonly ('TLSv1.2' | 'TLSv1.3')[]
  /** Java's or OpenSSL's names. */
  readonly cipherSuites?: readonly string[]
  readonly clientHostnameVerification?: boolean
  readonly allowReverseDnsLookup?: boolean
  readonly certReload?: boolean
  readonly handshakeTimeoutMs?: number
  readonly handshakesMax?: number
}

/** Options of `@menagerie/transport-tcp`; what is left out is that plugin's default. */
export interface ClientOptions {
  readonly listen?: readonly ListenOption[]
  /** Over TLS. */
  readonly secureListen?: readonly ListenOption[]
  /** TLS is taken on the addresses of `listen` too: a connection's first byte tells. */
  readonly portUnification?: boolean
  readonly backlog?: number
  readonly keepAlive?: boolean
  readonly tls?: TlsOption
}

/** Options of `@menagerie/admin-http`, for the ways to watch a server that Apache has; what is left out is that plugin's default. */
export interface MonitoringOptions {
  readonly admin: Readonly<Record<string, unknown>>
  readonly prometheus: Readonly<Record<string, unknown>>
  /** Where the audit log goes, if not to the server's log. */
  readonly auditFile?: string
  /** The configuration file, without its secrets. */
  readonly configurationText: string
}

/** A plugin that a configuration names. */
export interface PluginUse {
  readonly use: string
  readonly with: Readonly<Record<string, unknown>>
  readonly origin: Origin
  /** Where an option stands. */
  locate(option: readonly PropertyKey[]): Origin
}

/** A key that has no meaning here. */
export interface UnusedKey {
  readonly file: string
  readonly line: number
  readonly key: string
  readonly value: string
  readonly because: string
}

/** What a configuration comes to: the result of every reader, whatever the file's syntax. */
export interface EffectiveConfig {
  readonly file?: string
  readonly settings: ServerSettings
  /** For the file storage, unless a named plugin keeps the log. */
  readonly storage: StorageOptions
  /** For the TCP listener, unless a named plugin accepts clients. */
  readonly clients: ClientOptions
  /** Of a zoo.cfg, for the monitoring that Apache brings along; elsewhere plugins have to be named. */
  readonly monitoring?: MonitoringOptions
  /** The plugins that the file names, in its order. */
  readonly plugins: readonly PluginUse[]
  readonly ensemble?: EnsembleConfig
  readonly warnings: readonly ConfigProblem[]
  readonly unused: readonly UnusedKey[]
  /** By path (`settings.tickTimeMs`, `storage.dataDir`, `clients.listen`); a path that is missing is a default. */
  readonly origins: ReadonlyMap<string, Origin>
}

/** Gathers values and problems from a file; nothing is thrown before {@link finish}. */
export class ConfigDraft {
  readonly problems: ConfigProblem[] = []
  readonly warnings: ConfigProblem[] = []
  readonly unused: UnusedKey[] = []
  readonly plugins: PluginUse[] = []
  ensemble: EnsembleConfig | undefined
  readonly #values = new Map<string, unknown>()
  readonly #origins = new Map<string, Origin>()

  constructor(readonly file: string | undefined) {}

  set(path: string, value: unknown, origin: Origin): void {
    if (value === undefined) return
    this.#values.set(path, value)
    this.#origins.set(path, origin)
  }

  /** Remembers where something inside a value stands. */
  mark(path: string, origin: Origin): void {
    this.#origins.set(path, origin)
  }

  get<T>(path: string): T | undefined {
    return this.#values.get(path) as T | undefined
  }

  origin(path: string): Origin | undefined {
    return this.#origins.get(path)
  }

  /** The value's place, for a message about it. */
  place(path: string): Pick<ConfigProblem, 'file' | 'line' | 'key'> {
    const { file, line, key } = this.#origins.get(path) ?? { file: this.file }
    return { file, line, key }
  }

  /** The values below `prefix`, as one object. */
  #below(prefix: string): Record<string, unknown> {
    const found: Record<string, unknown> = {}
    for (const [path, value] of this.#values) {
      if (path.startsWith(prefix)) found[path.slice(prefix.length)] = value
    }
    return found
  }

  /** @throws {@link ConfigError} with all problems */
  finish(): EffectiveConfig {
    const parsed = serverSettings.safeParse(this.#below('settings.'))
    if (!parsed.success && this.problems.length === 0) {
      for (const issue of parsed.error.issues) {
        this.problems.push({ ...this.place(`settings.${String(issue.path[0])}`), message: issue.message })
      }
    }
    if (parsed.success) this.#checkTimeouts(parsed.data)
    if (!parsed.success || this.problems.length > 0) throw new ConfigError(sortProblems(this.problems))
    return {
      file: this.file,
      settings: parsed.data,
      storage: this.#below('storage.'),
      clients: this.#below('clients.') as ClientOptions,
      ...this.#monitoring(),
      plugins: this.plugins,
      ensemble: this.ensemble,
      warnings: sortProblems(this.warnings),
      unused: this.unused,
      origins: this.#origins,
    }
  }

  #monitoring(): { readonly monitoring?: MonitoringOptions } {
    const configurationText = this.get<string>('monitoring.configurationText')
    if (configurationText === undefined) return {}
    return {
      monitoring: {
        admin: this.#below('admin.'),
        prometheus: this.#below('prometheus.'),
        auditFile: this.get('monitoring.auditFile'),
        configurationText,
      },
    }
  }

  #checkTimeouts(settings: ServerSettings): void {
    const { least, greatest } = sessionTimeouts(settings)
    if (least <= greatest) return
    const path = this.origin('settings.minSessionTimeoutMs')
      ? 'settings.minSessionTimeoutMs'
      : 'settings.maxSessionTimeoutMs'
    this.problems.push({
      ...this.place(path),
      message: `the least session timeout, ${least} ms, is above the greatest, ${greatest} ms`,
    })
  }
}

/** The bounds of session timeouts with -1 resolved: two and twenty ticks. */
export function sessionTimeouts(settings: ServerSettings): { least: number; greatest: number } {
  const { tickTimeMs, minSessionTimeoutMs, maxSessionTimeoutMs } = settings
  return {
    least: minSessionTimeoutMs === -1 ? 2 * tickTimeMs : minSessionTimeoutMs,
    greatest: maxSessionTimeoutMs === -1 ? 20 * tickTimeMs : maxSessionTimeoutMs,
  }
}

/** Other files that a configuration refers to. Reading them is the caller's, since the kernel has no files. */
export interface ConfigFiles {
  /** The text of a file, or undefined when there is none. Any other failure is thrown and reported. */
  read(path: string): string | undefined
  /** What `${NAME}` in a JAAS file stands for, beside the keys of the configuration. */
  property?(name: string): string | undefined
}
