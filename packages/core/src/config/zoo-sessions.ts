/** The secret behind session passwords, out of the file that a zoo.cfg names. */
import { SESSION_SECRET_CHARS_MIN } from './settings.js'
import type { ZooReading } from './zoo-cfg.js'

export function takeSessionSecret({ draft, given, files }: ZooReading): void {
  const path = given.get('sessionSecretPath')
  if (!path) return
  const { file: at, line, key } = path.origin
  const report = (message: string) => draft.problems.push({ file: at, line, key, message })
  const file = path.value as string
  let text: string | undefined
  try {
    text = files.read(file)
  } catch (error) {
    report((error as Error).message)
    return
  }
  if (text === undefined) {
    report(`there is no file "${file}"`)
    return
  }
  const secret = text.trim()
  if (secret.length < SESSION_SECRET_CHARS_MIN) {
    report(`"${file}" holds ${secret.length} characters, expected ${SESSION_SECRET_CHARS_MIN} at least`)
    return
  }
  draft.set('settings.sessionSecret', secret, path.origin)
}
