/** Imports a module by its specifier or URL. */
export type ImportModule = (specifier: string) => Promise<Record<string, unknown>>

/** Node's own. The bundle has another file in the place of this one: what runs from a code cache cannot import by itself. */
export const importInstalled: ImportModule = specifier => import(specifier)
