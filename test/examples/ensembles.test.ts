/** The examples that are servers in configurations alone: started by the commands that their READMEs begin with. */
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connect } from '@menagerie/client'
import t, { type Test } from 'tap'
import { type Child, runChild, startChild } from '../support/child.js'
import { MENAGERIE_COMMAND } from '../support/menagerie.js'
import { freePort } from '../support/ports.js'
import { fourLetterWord, untilServing } from '../support/server-under-test.js'
import { removeDir, tempDir } from '../support/temp-dir.js'

t.setTimeout(300_000)

const examples = fileURLToPath(new URL('../../../examples/', import.meta.url))
/** Every port of the examples: clients, peers, elections and NATS. */
const PORTS = /\b(218[1-3]|288[89]|2890|388[89]|3890|4222)\b/g

const text = (value: string) => new TextEncoder().encode(value)

/** A copy of an example in a folder of its own, on ports that are free. */
class Example {
  private readonly children: Child[] = []

  private constructor(
    readonly folder: string,
    /** Command lines without their ends in `&`. */
    private readonly commands: readonly string[],
    readonly clientPorts: readonly number[],
  ) {}

  static async copy(t: Test, name: string): Promise<Example> {
    const folder = tempDir('example')
    const source = join(examples, name)
    cpSync(source, folder, { recursive: true, filter: path => !path.startsWith(join(source, 'data')) })
    const ports = new Map<string, number>()
    for (const file of readdirSync(folder)) {
      const path = join(folder, file)
      const content = readFileSync(path, 'utf8')
      for (const [port] of content.matchAll(PORTS)) if (!ports.has(port)) ports.set(port, await freePort())
      writeFileSync(
        path,
        content.replace(PORTS, port => String(ports.get(port))),
      )
    }
    const readme = readFileSync(join(folder, 'README.md'), 'utf8')
    const [, block] = /```sh\n([\s\S]*?)```/.exec(readme)!
    const commands = block.trim().split('\n')
    const configs = readdirSync(folder).filter(file => file.endsWith('.yaml'))
    const clientPorts = configs.map((_, index) => ports.get(String(2181 + index))!)
    const example = new Example(folder, commands, clientPorts)
    t.teardown(async () => {
      await example.end()
      removeDir(folder)
    })
    return example
  }

  get connectString(): string {
    return this.clientPorts.map(port => `127.0.0.1:${port}`).join()
  }

  /** Runs the commands one after another, and waits until each server serves. */
  async start(): Promise<void> {
    for (const line of this.commands) {
      const [command, ...args] = line.replace(/ &$/, '').split(' ')
      if (command === 'npx') this.run(process.execPath, [MENAGERIE_COMMAND, ...args.slice(1)])
      else await this.run(join('/usr/sbin', command), args).until(/Server is ready/)
    }
    for (const port of this.clientPorts) await untilServing(port, this.children.at(-1)!)
  }

  private run(command: string, args: readonly string[]): Child {
    const child = startChild(command, args, { cwd: this.folder })
    this.children.push(child)
    return child
  }

  /** Ends what the commands have started, the last one first, as Ctrl-C does; gives the exit code of that one. */
  async end(): Promise<number | null> {
    const codes: (number | null)[] = []
    for (const child of this.children.splice(0).reverse()) codes.push((await child.end('SIGTERM')).code)
    return codes[0] ?? null
  }

  async modes(): Promise<string[]> {
    const answers = await Promise.all(this.clientPorts.map(port => fourLetterWord(port, 'srvr')))
    return answers.map(answer => /^Mode: (.*)$/m.exec(answer)?.[1] ?? '').sort()
  }
}

async function checked(t: Test, { folder }: Example): Promise<void> {
  for (const file of readdirSync(folder).filter(name => name.endsWith('.yaml'))) {
    const check = await runChild(process.execPath, [MENAGERIE_COMMAND, 'check-config', file], { cwd: folder })
    t.match(check, { code: 0, stderr: '' }, `check-config ${file}`)
  }
}

/** Each with what its storage makes in a server's folder. */
const ensembles: Record<string, string> = {
  'file-tcp': 'version-2',
  'rocksdb-tcp': 'log/CURRENT',
  'rocksdb-nats': 'log/CURRENT',
}

for (const [name, made] of Object.entries(ensembles)) {
  t.test(
    `examples/${name}: its commands start an ensemble, which has what was written when they are given again`,
    async t => {
      const example = await Example.copy(t, name)
      await checked(t, example)
      await example.start()
      t.strictSame(await example.modes(), ['follower', 'follower', 'leader'])
      let client = await connect(example.connectString)
      await client.create('/kept', text(name))
      await client.close()
      t.equal(await example.end(), 0)
      for (const id of ['1', '2', '3']) t.ok(existsSync(join(example.folder, 'data', id, made)), `data/${id}/${made}`)

      await example.start()
      client = await connect(example.connectString)
      t.equal(new TextDecoder().decode((await client.getData('/kept')).data ?? undefined), name)
      await client.close()
      t.equal(await example.end(), 0)
    },
  )
}

t.test('examples/memory: its command starts a server that leaves nothing behind', async t => {
  const example = await Example.copy(t, 'memory')
  await checked(t, example)
  const before = readdirSync(example.folder)
  await example.start()
  t.strictSame(await example.modes(), ['standalone'])
  let client = await connect(example.connectString)
  await client.create('/kept')
  await client.close()
  t.equal(await example.end(), 0)
  t.strictSame(readdirSync(example.folder), before)

  await example.start()
  client = await connect(example.connectString)
  t.equal(await client.exists('/kept'), null)
  await client.close()
  t.equal(await example.end(), 0)
})
