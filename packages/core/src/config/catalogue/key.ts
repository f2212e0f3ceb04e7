import type { ValueKind } from '../value-kinds.js'

/** What becomes of a key. docs/configuration.md and `check-config` say it in these terms. */
export type KeyRole =
  /** Sets one setting of the kernel or of a plugin: `settings.tickTimeMs`, `storage.dataDir`, `clients.backlog`. */
  | { readonly type: 'honoured'; readonly to: string; readonly convert?: (value: never) => unknown }
  /** Honoured by code of its own, together with other keys: addresses, users, authentication. */
  | { readonly type: 'combined'; readonly into: string }
  /** Checked and kept in the ensemble part; a standalone server has no use for it, here as with Apache. */
  | { readonly type: 'ensemble' }
  /** Has no meaning here. */
  | { readonly type: 'accepted'; readonly because: string }
  /** A feature that is not there: what asks for it gets a warning, since nothing is less safe without. */
  | { readonly type: 'missing'; readonly because: string; readonly off: readonly string[] }
  /** A feature that is not there and that somebody may rely on: what asks for it is an error. */
  | { readonly type: 'refused'; readonly because: string; readonly off: readonly string[] }

/** One key of zoo.cfg. */
export interface ConfigKey {
  /** As Apache's documentation writes it, without `zookeeper.`; a last segment `*` stands for any. */
  readonly key: string
  /** Other names under which people know it. Apache's documentation has some that do nothing there. */
  readonly also?: readonly string[]
  readonly kind: ValueKind
  /** Apache's default as it would stand in the file; '' for none. */
  readonly default: string
  readonly unit?: string
  /** What it does, in a few words, without full stop. */
  readonly about: string
  /** A smaller value is raised to this, with a warning, as Apache does. */
  readonly raisedTo?: number
  /** Never shown: a password or something that proves an identity. */
  readonly secret?: boolean
  readonly role: KeyRole
}

/** A heading in the documentation with its keys. */
export interface KeyGroup {
  readonly title: string
  readonly keys: readonly ConfigKey[]
}

type Extras = Partial<Pick<ConfigKey, 'also' | 'unit' | 'raisedTo' | 'secret'>>

const define =
  (role: KeyRole) =>
  (key: string, kind: ValueKind, fallback: string, about: string, extras: Extras = {}): ConfigKey => ({
    key,
    kind,
    default: fallback,
    about,
    role,
    ...extras,
  })

export const honoured = (to: string, convert?: (value: never) => unknown) => define({ type: 'honoured', to, convert })
export const combined = (into: string) => define({ type: 'combined', into })
export const ensemble = define({ type: 'ensemble' })
export const accepted = (because: string) => define({ type: 'accepted', because })
/** `off`: values that do not ask for the feature. */
export const missing = (because: string, ...off: string[]) => define({ type: 'missing', because, off })
export const refused = (because: string, ...off: string[]) => define({ type: 'refused', because, off })
