import { readFileSync } from 'node:fs'
import { EOL, homedir, tmpdir, userInfo } from 'node:os'
import { delimiter, sep } from 'node:path'
import type { ConfigFiles } from '@menagerie/core'

/** Files as configurations refer to them: relative to the working directory, as with Apache. */
export const systemFiles: ConfigFiles = {
  read(path) {
    try {
      const bytes = readFileSync(path)
      if (isUtf16(bytes)) throw new Error('it is in UTF-16, expected UTF-8')
      return decode(bytes)
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      if (code === 'ENOENT') return undefined
      throw new Error(`${path} cannot be read: ${reasons[code ?? ''] ?? message}`, { cause: error })
    }
  },
  property: name => (Object.hasOwn(machine, name) ? machine[name]() : process.env[name]),
}

/** What Java knows of the machine, under its names. The environment stands for what Java's users say with -DNAME=. */
const machine: Readonly<Record<string, () => string>> = {
  'file.separator': () => sep,
  'java.io.tmpdir': tmpdir,
  'line.separator': () => EOL,
  'path.separator': () => delimiter,
  'user.dir': () => process.cwd(),
  'user.home': homedir,
  'user.name': () => userInfo().username,
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'this user may not read it',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of its path is not a directory',
}

/** By its byte order mark: what some editors and shells of Windows write. */
const isUtf16 = ([first, second]: Uint8Array): boolean =>
  (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)

/** UTF-8, or else Latin-1, which is what Java takes every .properties file for. */
function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder('latin1').decode(bytes)
  }
}
