import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { withoutEventZxid } from './known-differences.js'

/**
 * What Apache ZooKeeper 3.9.5 answered to every scenario, recorded once and kept in test/fixtures: one
 * JSON object per line, in the order of the scenarios. It is what Menagerie is compared with.
 */
export interface Recording {
  scenario: string
  lines: string[]
}

// This file runs from test/dist/differential.
const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url))
const FILE = fixture('apache-3.9.5.jsonl')
/** Only the scenarios in which 3.8.0 differs. */
const OLDER_FILE = fixture('apache-3.8.0.jsonl')

export function readRecordings(file = FILE): Map<string, string[]> {
  const text = readFileSync(file, 'utf8')
  const recordings = text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Recording)
  return new Map(recordings.map(({ scenario, lines }) => [scenario, lines]))
}

export const readOlderRecordings = (): Map<string, string[]> => readRecordings(OLDER_FILE)

/** Keeps of a run of 3.8.0 what differs from the recordings of 3.9.5. */
export function writeOlderRecordings(recordings: readonly Recording[]): void {
  const newer = readRecordings()
  const same = (a: readonly string[], b: readonly string[] = []) =>
    a.map(withoutEventZxid).join('\n') === b.map(withoutEventZxid).join('\n')
  writeRecordings(
    recordings.filter(({ scenario, lines }) => !same(lines, newer.get(scenario))),
    OLDER_FILE,
  )
}

export function writeRecordings(recordings: readonly Recording[], file = FILE): void {
  writeFileSync(file, recordings.map(recording => `${JSON.stringify(recording)}\n`).join(''))
}
