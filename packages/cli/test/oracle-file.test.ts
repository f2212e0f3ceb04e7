import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { oracleFile } from '../dist/config/oracle-file.js'

t.test('an oracle says yes while its file begins with 1, and each change is logged once', async t => {
  const path = join(t.testdir(), 'mastership')
  const lines: string[] = []
  const note = (_: object, line: string) => void lines.push(line)
  const oracle = oracleFile(path, { debug: note, info: note, warn: note, error: note })
  t.equal(oracle(), false, 'there is no file')
  t.equal(oracle(), false)
  for (const [text, answer] of [
    ['1\n', true],
    ['1', true],
    ['0', false],
    ['', false],
    ['10', true],
  ] as const) {
    writeFileSync(path, text)
    t.equal(oracle(), answer, JSON.stringify(text))
  }
  rmSync(path)
  t.equal(oracle(), false)
  t.equal(lines.length, 5)
  t.match(lines[0], /the oracle says no: ENOENT/)
  t.equal(lines[1], 'the oracle says yes')
})
