/** For bugs in classes that no seam reaches: these are changed for the time of a run. */

/** Replaces methods of a class; gives what puts them back. */
export function patch<T extends object>(target: T, replaced: Partial<Record<keyof T, unknown>>): () => void {
  const before = Object.getOwnPropertyDescriptors(target)
  Object.assign(target, replaced)
  return () => {
    for (const key of Object.keys(replaced)) Object.defineProperty(target, key, Reflect.get(before, key))
  }
}

/** A module of the kernel that it does not export. */
export async function internal(path: string): Promise<Record<string, { readonly prototype: Record<string, unknown> }>> {
  return import(new URL(path, import.meta.resolve('@menagerie/core')).href)
}
