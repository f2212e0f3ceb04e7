import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { apacheClassPath, JAVA_FLAGS } from './apache.js'
import { type Child, startChild } from './child.js'
import { MENAGERIE_COMMAND } from './menagerie.js'
import { fourLetterWord } from './server-under-test.js'

export type ServerKind = 'apache' | 'menagerie'
export type Mode = 'leader' | 'follower' | 'observer'

export interface ServerPlace {
  readonly id: number
  /** Of clients. */
  readonly port: number
  readonly quorumPort: number
  readonly electionPort: number
  readonly dataDir: string
  readonly configFile: string
}

/** Whether every thread of a process is stopped; true as well where it has ended. */
function stopped(pid: number): boolean {
  const tasks = `/proc/${pid}/task`
  try {
    return readdirSync(tasks).every(task => /\) [TtXZ] /.test(readFileSync(`${tasks}/${task}/stat`, 'latin1')))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return !existsSync(tasks)
    throw error
  }
}

/** One server of an ensemble: a place with ports and a data directory, and a process of either kind in it. */
export class EnsembleServer {
  private child: Child | undefined
  private paused = false

  constructor(
    readonly place: ServerPlace,
    /** Which server the next {@link start} takes: another one may go on with what this one has left. */
    public kind: ServerKind,
  ) {}

  get id(): number {
    return this.place.id
  }

  get port(): number {
    return this.place.port
  }

  get address(): string {
    return `127.0.0.1:${this.place.port}`
  }

  get dataDir(): string {
    return this.place.dataDir
  }

  get running(): boolean {
    return this.child?.running === true && !this.paused
  }

  /** Resolves when the process has ended, be it by itself. */
  get ended(): Promise<unknown> {
    return this.child?.exited ?? Promise.resolve()
  }

  /** What the process has said since its start. */
  get output(): string {
    return this.child?.output ?? ''
  }

  /** Starts the process and waits for nothing. */
  start(): void {
    const { configFile } = this.place
    this.paused = false
    if (this.kind === 'menagerie') this.child = startChild(process.execPath, [MENAGERIE_COMMAND, 'start', configFile])
    else {
      const main = 'org.apache.zookeeper.server.quorum.QuorumPeerMain'
      this.child = startChild('java', [...JAVA_FLAGS, '-cp', apacheClassPath(), main, configFile])
    }
  }

  /** Ends it in order (SIGTERM) and waits for its end. */
  async stop(): Promise<void> {
    await this.child?.end('SIGTERM')
  }

  /** Ends it as a power cut would. */
  async kill9(): Promise<void> {
    await this.child?.end('SIGKILL')
  }

  /** Stops it from doing anything, with its connections open. When this returns, none of its threads runs any more. */
  pause(): void {
    this.paused = true
    const { pid } = this.child?.process ?? {}
    if (pid === undefined) return
    process.kill(pid, 'SIGSTOP')
    // The signal is sent, not yet heeded: on a busy machine a thread goes on for long enough to write what it gets.
    while (!stopped(pid));
  }

  resume(): void {
    this.child?.process.kill('SIGCONT')
    this.paused = false
  }

  /** The answer to a four-letter word; empty where there is none. */
  async word(word: string): Promise<string> {
    return this.running ? await fourLetterWord(this.port, word).catch(() => '') : ''
  }

  /** Its role in the ensemble, or undefined while it serves nobody. */
  async mode(): Promise<Mode | undefined> {
    return /^Mode: (leader|follower|observer)$/m.exec(await this.word('srvr'))?.[1] as Mode | undefined
  }

  /** One value of `mntr`, without its prefix zk_; undefined where it is not told. */
  async metric(name: string): Promise<string | undefined> {
    return new RegExp(`^zk_${name}\\t(.*)$`, 'm').exec(await this.word('mntr'))?.[1]
  }

  /** Resolves once it has a role and serves clients. */
  async untilServing(): Promise<Mode> {
    const deadline = Date.now() + 90_000
    for (;;) {
      const mode = await this.mode()
      if (mode !== undefined) return mode
      if (this.child?.running !== true) throw new Error(`server ${this.id} has ended:\n${this.output}`)
      if (Date.now() > deadline) throw new Error(`server ${this.id} serves not after 90 s:\n${this.output}`)
      await delay(50)
    }
  }
}
