import type { Grant } from '@menagerie/recipes'
import type { Machine, World } from './world.js'

/** What somebody holds, and with how many, himself included, he may hold it at a time. */
export interface Held {
  readonly grant: Pick<Grant, 'path' | 'fencingToken' | 'held'>
  readonly room: number
}

/** What a lock protects: it refuses tokens below those it has seen, and watches who believes what. */
export class Resource {
  readonly #inside = new Map<Held, Machine>()
  /** Of those that hold it alone, and of all. */
  #highestAlone = 0
  #highest = 0
  counts = { grants: 0, refused: 0, lostGrants: 0 }

  constructor(private readonly world: World) {}

  enter(machine: Machine, held: Held): void {
    const { grant, room } = held
    this.counts.grants++
    if (!grant.held) return
    // Where several may hold it, those that asked one after the other may come in in any order.
    const before = room === 1 ? this.#highest : this.#highestAlone
    if (grant.fencingToken <= before) this.world.fail(`${machine.name} got token ${grant.fencingToken} after ${before}`)
    // Whoever is still inside has to know that he holds nothing any more, unless he cannot know anything.
    const others = [...this.#inside].filter(([other, where]) => other.grant.held && !where.process.isPaused)
    const mostBeside = Math.min(room, ...others.map(([other]) => other.room)) - 1
    if (others.length > mostBeside) {
      const names = others.map(([other, where]) => `${where.name}, which holds ${other.grant.path}`)
      this.world.fail(`${machine.name} holds ${grant.path} beside ${names.join(' and ')}`)
    }
    this.#inside.set(held, machine)
    this.write(held)
  }

  write({ grant: { fencingToken }, room }: Held): void {
    if (fencingToken < (room === 1 ? this.#highest : this.#highestAlone)) this.counts.refused++
    this.#highest = Math.max(this.#highest, fencingToken)
    if (room === 1) this.#highestAlone = Math.max(this.#highestAlone, fencingToken)
  }

  leave(held: Held): void {
    if (!held.grant.held) this.counts.lostGrants++
    this.#inside.delete(held)
  }
}
