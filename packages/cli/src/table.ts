import Table from 'cli-table3'

const EDGES =
  'top top-mid top-left top-right bottom bottom-mid bottom-left bottom-right left left-mid mid mid-mid right'

/** Columns without lines and colours, so that output can be cut and searched. Each line is indented by two spaces. */
export function table(head: readonly string[] | undefined, rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return ''
  const none = Object.fromEntries([...EDGES.split(' '), 'right-mid'].map(edge => [edge, '']))
  const grid = new Table({
    head: [...(head ?? [])],
    chars: { ...none, middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
  })
  for (const row of rows) grid.push([...row])
  const lines = grid.toString().split('\n')
  return lines.map(line => `  ${line.trimEnd()}\n`).join('')
}
