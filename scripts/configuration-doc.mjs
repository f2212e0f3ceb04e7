// Writes docs/configuration.md out of the catalogue of keys and the schema of settings.
//   node scripts/configuration-doc.mjs           writes the page
//   node scripts/configuration-doc.mjs --check   fails if the page is not what would be written
import { readFileSync, writeFileSync } from 'node:fs'
import { keyGroups, quorumSettings, serverSettings } from '../packages/core/dist/config/index.js'

const page = new URL('../docs/configuration.md', import.meta.url)
const introduction = readFileSync(new URL('./configuration-doc.intro.md', import.meta.url), 'utf8')

const cell = text => String(text).replaceAll('|', '\\|').replaceAll('\n', ' ')
const code = text => (text === '' ? '' : `\`${cell(text)}\``)
const row = cells => `| ${cells.join(' | ')} |\n`

function table(header, rows) {
  return row(header) + row(header.map(() => '---')) + rows.map(row).join('')
}

/** What becomes of a key, in a few words. */
function outcome({ role, raisedTo }) {
  const off = role.off?.length ? `; ${role.off.map(value => code(value)).join(', ')} is fine` : ''
  switch (role.type) {
    case 'honoured':
      return raisedTo === undefined ? 'honoured' : `honoured; less is raised to ${raisedTo}`
    case 'combined':
      return 'honoured'
    case 'ensemble':
      return 'ensemble'
    case 'accepted':
      return `no meaning here: ${cell(role.because)}`
    case 'missing':
      return `warning: ${cell(role.because)}${off}`
    case 'refused':
      return `error: ${cell(role.because)}${off}`
    default:
      throw new Error(`no words for ${role.type}`)
  }
}

function keyRow(key) {
  const names = [key.key, ...(key.also ?? [])].map(code).join(', ')
  const unit = key.unit === undefined ? '' : ` (${key.unit})`
  return [names, cell(key.about) + unit, cell(key.kind.expected), code(key.default), outcome(key)]
}

function settingRow([name, schema]) {
  const shown = name === 'serverId' ? 'id' : name
  const fallback = schema.safeParse(undefined).data
  return [code(shown), cell(schema.description ?? ''), fallback === undefined ? '' : code(JSON.stringify(fallback))]
}

const keys = keyGroups.map(
  ({ title, keys }) =>
    `### ${title}\n\n${table(['Key', 'What it does', 'Takes', 'Default', 'Here'], keys.map(keyRow))}`,
)

const settings = table(['Setting', 'What it does', 'Default'], Object.entries(serverSettings.shape).map(settingRow))

const quorum = table(['Key', 'What it does', 'Default'], Object.entries(quorumSettings.shape).map(settingRow))

const text = introduction
  .replace('{{settings}}', settings.trimEnd())
  .replace('{{quorum}}', quorum.trimEnd())
  .replace('{{keys}}', keys.join('\n').trimEnd())

if (process.argv.includes('--check')) {
  let written = ''
  try {
    written = readFileSync(page, 'utf8')
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
  }
  if (written !== text) {
    console.error('docs/configuration.md is stale: run "node scripts/configuration-doc.mjs"')
    process.exit(1)
  }
} else {
  writeFileSync(page, text)
}
