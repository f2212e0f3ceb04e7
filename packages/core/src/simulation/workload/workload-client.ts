import { KeeperCode } from '../../jute/codes.js'
import { SimulatedClient, type SimulatedClientParts } from '../client/index.js'
import type { Reply, Request } from '../history/index.js'
import type { SeededRandom, Timeline } from '../time/index.js'
import { type ClientMemory, choose, FOUNDATIONS, REGISTERS } from './choices.js'

/** How a client of a random workload behaves. */
export interface WorkloadOptions {
  /** Requests under way at once. */
  readonly window: number
  /** Between a reply and the next request, in microseconds. */
  readonly thinkMaxUs: number
  /** One session in so many requests is closed and begun anew. */
  readonly closeOneIn: number
  /** Whether it looks at the ensemble's configuration too. */
  readonly watchesConfig?: boolean
}

/** A client that goes on asking until it is told to come to an end. */
export class WorkloadClient implements ClientMemory {
  readonly client: SimulatedClient
  readonly versions = new Map<string, number>()
  queued: string[] = []
  private readonly timeline: Timeline
  private readonly random: SeededRandom
  private values = 0
  private founded = false
  private busy = 0
  private phase: 'working' | 'finishing' | 'finished' = 'working'
  private finalBatch: readonly Request[] = []
  private dead = false
  /** Each wake-up belongs to one connection: a reconnect begins anew. */
  private generation = 0

  constructor(
    private readonly name: string,
    parts: Omit<SimulatedClientParts, 'name' | 'ready'>,
    private readonly options: WorkloadOptions,
  ) {
    this.timeline = parts.timeline
    this.random = parts.random.split('workload')
    this.client = new SimulatedClient({ ...parts, name, ready: () => this.ready() })
  }

  get watchesConfig(): boolean {
    return this.options.watchesConfig ?? false
  }

  nextValue(): string {
    return `${this.name}.${++this.values}`
  }

  get isFinished(): boolean {
    return this.dead || this.phase === 'finished'
  }

  /** The session that it still holds; null for none. */
  get held(): bigint | null {
    return this.dead || !this.client.isConnected ? null : this.client.sessionId
  }

  get isDead(): boolean {
    return this.dead
  }

  /** Falls silent for good. */
  die(): void {
    this.dead = true
    this.client.die()
  }

  /** No further requests but the last ones: a sync, and a look at everything. */
  finish(): void {
    this.phase = 'finishing'
    this.finalBatch = [
      { kind: 'create', path: '/w/last-', data: this.nextValue(), mode: 'persistentSequential' },
      { kind: 'sync', path: '/' },
      ...REGISTERS.map((path): Request => ({ kind: 'getData', path, watch: false })),
      ...FOUNDATIONS.map((path): Request => ({ kind: 'getChildren', path, watch: false })),
    ]
    if (this.client.isConnected) this.ready()
  }

  private ready(): void {
    this.generation++
    this.busy = 0
    if (this.phase === 'finishing') this.ask(this.finalBatch)
    else if (!this.founded) this.ask(FOUNDATIONS.map(path => ({ kind: 'create', path, data: '', mode: 'persistent' })))
    else this.goOn()
  }

  private goOn(): void {
    while (this.phase === 'working' && this.client.isConnected && this.busy < this.options.window) {
      if (this.random.below(this.options.closeOneIn) === 0) {
        this.close()
        return
      }
      this.ask(choose(this.random, this))
    }
  }

  /** Sends requests one behind the other; goes on some time after the last of them has been answered. */
  private ask(requests: readonly Request[]): void {
    const { generation } = this
    this.busy++
    requests.forEach((request, index) => {
      if (!this.client.isConnected) return
      this.client.submit(request, reply => {
        if (reply === null || generation !== this.generation) return
        this.remember(request, reply)
        if (index === requests.length - 1) this.answered(generation, requests)
      })
    })
  }

  private answered(generation: number, requests: readonly Request[]): void {
    if (requests === this.finalBatch) {
      this.phase = 'finished'
      return
    }
    if (requests[0].kind === 'create' && requests[0].path === FOUNDATIONS[0]) this.founded = true
    this.timeline.after(this.random.below(this.options.thinkMaxUs) + 1, null, () => {
      if (generation !== this.generation) return
      this.busy--
      this.goOn()
    })
  }

  private close(): void {
    this.generation++
    this.client.submit({ kind: 'close' }, reply => {
      if (reply !== null && !this.dead) this.client.begin()
    })
  }

  private remember(request: Request, reply: Reply): void {
    if (reply.code === KeeperCode.Ok && reply.stat !== undefined && 'path' in request)
      this.versions.set(request.path, reply.stat.version)
    if (request.kind === 'getChildren' && reply.children !== undefined && request.path === FOUNDATIONS[1])
      this.queued = reply.children.map(name => `${request.path}/${name}`)
  }
}
