/** The frame of an example's main.ts: a server, parts, a narrator, and an orderly end. */
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Client, connect } from '@menagerie/client'
import { type Part, Parts } from './parts.js'
import { openServer } from './server.js'

export interface Stage {
  /** Connect string for parts. */
  readonly servers: string
  /** The narrator's own client. */
  readonly client: Client
  /**
   * Starts a part of this example as a process.
   * @param script file name beside main.js, without its ending: `master`
   */
  start(name: string, script: string, ...args: string[]): Part
  /** Tells what happens. */
  say(text: string): void
}

const OPTIONS = { connect: { type: 'string' }, keep: { type: 'boolean' }, help: { type: 'boolean' } } as const

const usage = (name: string) => `npm run example -- ${name} [--connect HOST:PORT[/CHROOT]] [--keep]

  --connect  run on this ensemble, Menagerie's or Apache ZooKeeper's, instead of a server in memory
  --keep     go on after the show, until Ctrl-C`

/**
 * Plays an example and ends everything it started: when `play` is done, when it fails, and at Ctrl-C.
 * @param home `import.meta.dirname` of main.ts
 */
export async function show(home: string, play: (stage: Stage) => Promise<void>): Promise<void> {
  const name = basename(home)
  const { values } = parseArgs({ options: OPTIONS })
  if (values.help) return console.log(usage(name))
  const interrupted = new Promise<void>(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
  await using server = await openServer(name, values.connect)
  await using client = await connect(server.servers, { renewSession: true })
  await using parts = new Parts()
  const stage: Stage = {
    servers: server.servers,
    client,
    start: (part, script, ...args) => parts.start(part, join(home, `${script}.js`), [server.servers, part, ...args]),
    say: text => console.log(`\n${text}`),
  }
  const played = play(stage)
  played.catch(() => {}) // after an interruption, what it still says is of no interest
  const over = await Promise.race([played.then(() => true), interrupted.then(() => false)])
  if (over && values.keep) {
    stage.say('It goes on until Ctrl-C.')
    await interrupted
  }
}
