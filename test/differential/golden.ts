import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * What Apache ZooKeeper 3.9.5 answered to every scenario, recorded once and kept in test/fixtures: one
 * JSON object per line, in the order of the scenarios. It is what Menagerie is compared with.
 */
export interface Recording {
  scenario: string
  lines: string[]
}

// This file runs from test/dist/differential.
const FILE = fileURLToPath(new URL('../../fixtures/apache-3.9.5.jsonl', import.meta.url))

export function readRecordings(file = FILE): Map<string, string[]> {
  const text = readFileSync(file, 'utf8')
  const recordings = text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Recording)
  return new Map(recordings.map(({ scenario, lines }) => [scenario, lines]))
}

export function writeRecordings(recordings: readonly Recording[], file = FILE): void {
  writeFileSync(file, recordings.map(recording => `${JSON.stringify(recording)}\n`).join(''))
}
