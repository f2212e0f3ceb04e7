/** A plugin that the bundle of this command holds a copy of. */
export interface BundledPlugin {
  /** Of the package that it was made of. */
  readonly version: string
  readonly load: () => Promise<Record<string, unknown>>
}

/** By package. Compiled files hold none; the bundle has another file in the place of this one. */
export const bundledPlugins: Readonly<Record<string, BundledPlugin>> = {}
