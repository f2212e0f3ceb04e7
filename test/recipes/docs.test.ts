/**
 * The pages of docs/recipes.md: every snippet compiles, runs, and prints what its comments `// → …` say. In the place of
 * 127.0.0.1:2181 it gets a server's address with a folder of its own.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { format } from 'node:util'
import { connect } from '@menagerie/client'
import t from 'tap'
import ts from 'typescript'
import { startLab } from './support/lab.js'

/** This file runs from test/dist/recipes. */
const root = fileURLToPath(new URL('../../../', import.meta.url))
const folder = join(root, 'test/dist/recipes/snippets')
const ADDRESS = '127.0.0.1:2181'

const EMIT_CODE_ONLY = {
  composite: false,
  incremental: false,
  declaration: false,
  declarationMap: false,
  sourceMap: false,
}

interface Snippet {
  readonly page: string
  readonly file: string
  readonly code: string
  readonly prints: string[]
}

const pages = [
  join(root, 'docs/recipes.md'),
  ...readdirSync(join(root, 'docs/recipes')).map(name => join(root, 'docs/recipes', name)),
]

function snippetsOf(page: string): Snippet[] {
  const blocks = [...readFileSync(page, 'utf8').matchAll(/^```ts\n(.*?)^```$/gms)]
  return blocks.map(([, code], index) => {
    const name = `${basename(page, '.md')}-${index}`
    const prints = [...code.matchAll(/\/\/ → (.*)$/gm)].map(([, line]) => line)
    return { page: name, file: join(folder, name), code, prints }
  })
}

/** Compiles all of them as one program, strictly; returns what the compiler says. */
function compile(snippets: readonly Snippet[]): string[] {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.base.json'), ts.sys.readFile)
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root)
  const names = snippets.map(({ file }) => `${file}.ts`)
  const program = ts.createProgram(names, { ...options, ...EMIT_CODE_ONLY })
  const { diagnostics } = program.emit()
  return [...ts.getPreEmitDiagnostics(program), ...diagnostics].map(({ file, messageText }) =>
    format(
      '%s: %s',
      file === undefined ? '' : basename(file.fileName),
      ts.flattenDiagnosticMessageText(messageText, ' '),
    ),
  )
}

async function printed(run: () => Promise<unknown>): Promise<string[]> {
  const lines: string[] = []
  const { log } = console
  console.log = (...words: unknown[]) => void lines.push(...format(...words).split('\n'))
  try {
    await run()
  } finally {
    console.log = log
  }
  return lines
}

t.test('the pages about recipes', { timeout: 300_000 }, async t => {
  const server = await startLab()
  t.teardown(() => server[Symbol.asyncDispose]())
  mkdirSync(folder, { recursive: true })
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  // Of the first page, what is about clients: the rest needs no server that is there already.
  const quickStart = snippetsOf(join(root, 'README.md')).filter(({ code }) => code.includes(ADDRESS))
  const snippets = [...quickStart, ...pages.flatMap(snippetsOf)]
  const admin = await connect(`127.0.0.1:${server.port}`)
  t.teardown(() => admin.close())
  for (const { page, file, code } of snippets) {
    await admin.create(`/${page}`)
    writeFileSync(`${file}.ts`, code.replaceAll(ADDRESS, `127.0.0.1:${server.port}/${page}`))
  }
  t.strictSame(compile(snippets), [], 'all snippets compile')
  for (const { page, file, prints } of snippets) {
    await t.test(page, async t => {
      t.strictSame(await printed(() => import(pathToFileURL(`${file}.js`).href)), prints)
    })
  }
})

t.test('every page has a snippet, and the overview leads to every page', async t => {
  const overview = readFileSync(pages[0], 'utf8')
  for (const page of pages) t.ok(snippetsOf(page).length > 0, page)
  for (const page of pages.slice(1)) t.match(overview, `(recipes/${basename(page)})`)
})

t.test('every error of a recipe has a heading in the overview, and there is no other', async t => {
  const source = readFileSync(join(root, 'packages/recipes/src/base/errors.ts'), 'utf8')
  const codes = [...source.matchAll(/'(RECIPE_\w+)'/g)].map(([, code]) => code)
  const headings = [...readFileSync(pages[0], 'utf8').matchAll(/^### (RECIPE_\w+)$/gm)].map(([, code]) => code)
  t.strictSame(headings, codes.sort())
})
