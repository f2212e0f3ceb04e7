/**
 * The syntax of JAAS login configurations, from which Apache takes the users of SASL DIGEST-MD5:
 *
 *     Server {
 *       org.apache.zookeeper.server.auth.DigestLoginModule required
 *       user_super="adminsecret" user_bob="bobsecret";
 *     };
 */

import { expandProperties, type JavaProperties } from './java-properties.js'

export interface LoginModule {
  readonly className: string
  readonly flag: string
  readonly options: ReadonlyMap<string, string>
  readonly line: number
}

export interface JaasProblem {
  readonly line: number
  readonly message: string
}

/** Sections by name, or the first thing that is wrong. */
export type JaasText =
  | { readonly sections: ReadonlyMap<string, readonly LoginModule[]>; readonly problem?: undefined }
  | { readonly sections?: undefined; readonly problem: JaasProblem }

interface Token {
  readonly text: string
  /** Was in quotes, so that it is a value even where it looks like a sign. */
  readonly quoted: boolean
  readonly line: number
}

const noProperties: JavaProperties = () => undefined
const flags = ['required', 'requisite', 'sufficient', 'optional']

/** @param properties what `${...}` in the value of an option stands for */
export function readJaas(text: string, properties: JavaProperties = noProperties): JaasText {
  try {
    const reader = new TokenReader(tokens(text))
    const sections = new Map<string, LoginModule[]>()
    while (!reader.atEnd) {
      const name = reader.word('the name of a section')
      if (sections.has(name.text)) throw problem(name.line, `section ${name.text} is there twice`)
      sections.set(name.text, section(reader, properties))
    }
    return { sections }
  } catch (error) {
    if (error instanceof JaasSyntaxError) return { problem: { line: error.line, message: error.message } }
    throw error
  }
}

function section(reader: TokenReader, properties: JavaProperties): LoginModule[] {
  const modules: LoginModule[] = []
  reader.sign('{')
  while (!reader.takeIf('}')) modules.push(loginModule(reader, properties))
  reader.sign(';')
  return modules
}

function loginModule(reader: TokenReader, properties: JavaProperties): LoginModule {
  const className = reader.word('the class of a login module, or }')
  const flag = reader.word(`one of ${flags.join(', ')}`)
  if (!flags.includes(flag.text.toLowerCase())) {
    throw problem(flag.line, `found "${flag.text}", expected one of ${flags.join(', ')}`)
  }
  const options = new Map<string, string>()
  while (!reader.takeIf(';')) {
    const name = reader.word('an option, or ;')
    reader.sign('=')
    const value = reader.word(`a value for ${name.text}`)
    if (options.has(name.text)) throw problem(name.line, `option ${name.text} is there twice`)
    const expanded = expandProperties(value.text, properties)
    if (expanded.problem !== undefined) throw problem(value.line, `option ${name.text}: ${expanded.problem}`)
    options.set(name.text, expanded.value)
  }
  return { className: className.text, flag: flag.text.toLowerCase(), options, line: className.line }
}

class JaasSyntaxError extends Error {
  constructor(
    readonly line: number,
    message: string,
  ) {
    super(message)
  }
}

const problem = (line: number, message: string) => new JaasSyntaxError(line, message)

class TokenReader {
  #next = 0
  constructor(private readonly tokens: readonly Token[]) {}

  /** The last token is the end of the text. */
  get atEnd(): boolean {
    return this.#next === this.tokens.length - 1
  }

  word(what: string): Token {
    const token = this.tokens[this.#next]!
    if (this.atEnd || (!token.quoted && /^[{}=;]$/.test(token.text))) throw this.#unexpected(what)
    this.#next++
    return token
  }

  sign(text: string): void {
    if (!this.takeIf(text)) throw this.#unexpected(text)
  }

  takeIf(text: string): boolean {
    const token = this.tokens[this.#next]!
    if (this.atEnd || token.quoted || token.text !== text) return false
    this.#next++
    return true
  }

  #unexpected(what: string): JaasSyntaxError {
    const token = this.tokens[this.#next]!
    return problem(token.line, `found ${this.atEnd ? 'the end of the file' : `"${token.text}"`}, expected ${what}`)
  }
}

const pattern = /(\s+|\/\/[^\n]*|\/\*.*?\*\/)|"((?:[^"\\\n]|\\[^\n])*)"|([{}=;])|((?:[^\s{}=;"/]|\/(?![/*]))+)|(.)/gsy

function tokens(text: string): Token[] {
  const found: Token[] = []
  let line = 1
  for (const match of text.matchAll(pattern)) {
    const [all, blank, quoted, sign, word, stray] = match
    if (stray === '"') throw problem(line, 'a quoted text does not end on its line')
    if (stray !== undefined) throw problem(line, 'a comment does not end')
    if (blank === undefined) {
      const value = quoted === undefined ? (sign ?? word)! : unescaped(quoted)
      found.push({ text: value, quoted: quoted !== undefined, line })
    }
    line += all.split('\n').length - 1
  }
  return [...found, { text: '', quoted: false, line }]
}

const escapes: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' }

/** As Java's StreamTokenizer has it: letters, up to three octal digits, or the character itself. */
function unescaped(text: string): string {
  return text.replace(/\\([0-3]?[0-7]{1,2}|.)/g, (_, code: string) =>
    /^[0-7]/.test(code) ? String.fromCharCode(Number.parseInt(code, 8)) : (escapes[code] ?? code),
  )
}
