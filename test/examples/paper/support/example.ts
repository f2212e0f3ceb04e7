/** The parts of an example of the paper as processes of a test, which may kill and stop them. */
import { fileURLToPath } from 'node:url'
import { type Client, connect } from '@menagerie/client'
import t, { type Test } from 'tap'
import { startApache } from '../../../support/apache.js'
import { type Child, type ChildResult, runChild, startChild } from '../../../support/child.js'
import { startMenagerie } from '../../../support/menagerie.js'
import type { ServerUnderTest } from '../../../support/server-under-test.js'
import { removeDir, tempDir } from '../../../support/temp-dir.js'
import { apacheTools } from '../../../support/tools.js'

/** This file runs from test/dist/examples/paper/support. */
const compiled = fileURLToPath(new URL('../../../../../examples/paper/dist/', import.meta.url))

/** Short ticks: the parts ask for sessions of three seconds, and a server grants two ticks at least. */
const CONFIG = { tickTime: 250 }

export class Example {
  readonly name: string
  readonly server: ServerUnderTest
  /** A fresh folder, for what the parts keep. */
  readonly folder: string
  /** The test's own. */
  readonly client: Client
  readonly #parts: Child[] = []

  private constructor(name: string, server: ServerUnderTest, folder: string, client: Client) {
    this.name = name
    this.server = server
    this.folder = folder
    this.client = client
  }

  /** On a server of its own, which goes with the test. */
  static async open(t: Test, name: string): Promise<Example> {
    const folder = tempDir(name)
    t.teardown(() => removeDir(folder))
    const server = await startMenagerie({ config: CONFIG })
    t.teardown(() => server.dispose())
    const client = await connect(server.address, { sessionTimeoutMs: 5000, renewSession: true })
    t.teardown(() => client.close())
    const example = new Example(name, server, folder, client)
    t.teardown(() => Promise.all(example.#parts.map(part => part.end('SIGKILL'))))
    return example
  }

  /** @param script file name without its ending */
  start(id: string, script: string, ...args: readonly string[]): Child {
    const part = startChild(process.execPath, [
      `${compiled}${this.name}/${script}.js`,
      this.server.address,
      id,
      ...args,
    ])
    this.#parts.push(part)
    return part
  }

  /** What all parts have printed, by part in the order of their start. */
  get output(): string {
    return this.#parts.map(({ output }) => output).join('')
  }
}

/** Waits for a line of a part, and returns what the pattern's group has found in it. */
export async function saying(part: Child, pattern: RegExp): Promise<string> {
  await part.until(pattern)
  const found = [...part.output.matchAll(new RegExp(pattern, 'g'))]
  return found[found.length - 1][1]
}

export const lines = (output: string, pattern: RegExp): string[] =>
  output.split('\n').flatMap(line => {
    const match = pattern.exec(line)
    return match === null ? [] : [match[1] ?? line]
  })

/** Plays the whole example, as its README says, on Apache ZooKeeper. */
export function playsOnApache(name: string, pattern: RegExp): void {
  t.test('it plays on Apache ZooKeeper too', { ...apacheTools(), timeout: 90_000 }, async t => {
    const server = await startApache({ config: CONFIG })
    t.teardown(() => server.dispose())
    const result: ChildResult = await runChild(process.execPath, [
      `${compiled}${name}/main.js`,
      '--connect',
      server.address,
    ])
    t.equal(result.code, 0, result.stderr)
    t.match(result.stdout, pattern)
  })
}
