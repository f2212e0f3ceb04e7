/** Files that new packages begin with. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Beside the compiled files and beside the bundle alike. */
const FOLDER = fileURLToPath(new URL('../templates', import.meta.url))
const SUFFIX = '.template'

/** Path and text of each file of a template, with `{{word}}` replaced by its value. */
export function filesOf(template: string, values: Readonly<Record<string, string>>): Map<string, string> {
  const files = new Map<string, string>()
  const folder = join(FOLDER, template)
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || !entry.name.endsWith(SUFFIX)) continue
    const path = join(entry.parentPath ?? entry.path, entry.name)
    const text = readFileSync(path, 'utf8').replace(/\{\{(\w+)\}\}/g, (whole, word: string) => values[word] ?? whole)
    files.set(relative(folder, path).slice(0, -SUFFIX.length), text)
  }
  return files
}
