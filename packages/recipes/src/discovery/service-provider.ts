import { ClientClosedError, systemClock } from '@menagerie/client'
import type { Clock } from '@menagerie/core'
import { BehaviorSubject, filter, firstValueFrom, type Observable, type Subscription } from 'rxjs'
import { RecipeError } from '../base/errors.js'
import { argument } from '../base/paths.js'
import type { ServiceInstance } from './instance.js'

/** How a provider chooses, see {@link ServiceProviderOptions.strategy}. */
export type ProviderStrategy = 'random' | 'roundRobin' | 'sticky'

/** How a provider chooses, and what it passes over. */
export interface ServiceProviderOptions {
  /** How one is chosen. `sticky` stays with its choice while it is there. Default `roundRobin`. */
  readonly strategy?: ProviderStrategy
  /** Which instances count at all. Instances with `enabled: false` never do. */
  readonly filter?: (instance: ServiceInstance) => boolean
  /** How many errors, see {@link ServiceProvider.noteError}, put an instance aside, and for how long. Default 2 and 30 s. */
  readonly down?: { readonly errors?: number; readonly timeoutMs?: number }
  /** What errors are dated by. Default: the platform's. */
  readonly clock?: Clock
  /** A number from 0 up to 1, for `random` and `sticky`. Default: the platform's. */
  readonly random?: () => number
}

/** Chooses instances of one service (Curator ServiceProvider). The list is kept up to date in the background. */
export class ServiceProvider implements Disposable {
  readonly #instances = new BehaviorSubject<readonly ServiceInstance[] | undefined>(undefined)
  readonly #options: ServiceProviderOptions
  readonly #clock: Clock
  readonly #errors = new Map<string, number[]>()
  #known: readonly ServiceInstance[] = []
  #subscription: Subscription | undefined
  #failure: unknown
  #turn = 0
  #sticky: string | undefined

  private constructor(options: ServiceProviderOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    const { strategy = 'roundRobin' } = options
    if (!['random', 'roundRobin', 'sticky'].includes(strategy)) throw argument(`there is no strategy '${strategy}'`)
  }

  /** @internal */
  static async start(
    instances$: Observable<readonly ServiceInstance[]>,
    options: ServiceProviderOptions,
  ): Promise<ServiceProvider> {
    const provider = new ServiceProvider(options)
    const failed = (error: unknown) => {
      provider.#failure = error
      provider.#instances.error(error)
    }
    provider.#subscription = instances$.subscribe({
      next: instances => {
        provider.#known = instances
        provider.#instances.next(instances)
      },
      error: failed,
      complete: () => failed(new ClientClosedError('provider', '')),
    })
    await firstValueFrom(provider.#instances.pipe(filter(instances => instances !== undefined)))
    return provider
  }

  /** The instances that may be chosen now. @throws the client's error if it is closed or has expired, RECIPE_CLOSED after close */
  all(): ServiceInstance[] {
    if (this.#failure !== undefined) throw this.#failure
    return this.#known.filter(
      instance => instance.enabled !== false && !this.#isDown(instance) && (this.#options.filter?.(instance) ?? true),
    )
  }

  /** One of them; undefined if there is none. @throws as {@link all} */
  get(): ServiceInstance | undefined {
    const instances = this.all()
    if (instances.length === 0) return undefined
    const { strategy = 'roundRobin', random = Math.random } = this.#options
    if (strategy === 'roundRobin') return instances[this.#turn++ % instances.length]
    const sticky = strategy === 'sticky' ? instances.find(({ id }) => id === this.#sticky) : undefined
    const chosen = sticky ?? instances[Math.floor(random() * instances.length)]
    this.#sticky = chosen.id
    return chosen
  }

  /** Says that an instance has failed. With enough of that it is put aside for a while. */
  noteError(instance: ServiceInstance): void {
    const errors = this.#recentErrors(instance)
    errors.push(this.#clock.monotonic())
    this.#errors.set(instance.id, errors)
  }

  /** Stops looking. */
  close(): void {
    this.#subscription?.unsubscribe()
    this.#failure ??= new RecipeError('RECIPE_CLOSED', 'the service provider is closed')
    this.#instances.complete()
  }

  /** As {@link close}, for `using`. */
  [Symbol.dispose](): void {
    this.close()
  }

  #isDown(instance: ServiceInstance): boolean {
    return this.#recentErrors(instance).length >= (this.#options.down?.errors ?? 2)
  }

  #recentErrors({ id }: ServiceInstance): number[] {
    const since = this.#clock.monotonic() - (this.#options.down?.timeoutMs ?? 30_000)
    return (this.#errors.get(id) ?? []).filter(at => at > since)
  }
}
