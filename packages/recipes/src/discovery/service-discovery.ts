import { type Client, CreateMode, KeeperCode } from '@menagerie/client'
import { map, type Observable } from 'rxjs'
import { decodeAt } from '../base/codec.js'
import { clockOf, type RecipeOptions, uuidOf } from '../base/options.js'
import { withParent } from '../base/parents.js'
import { argument, checkedName, checkedPath } from '../base/paths.js'
import { deleteSurely, isCode, persevere } from '../base/retry.js'
import { type Child, children$, childrenOf } from '../members/children.js'
import { PersistentNode } from '../members/persistent-node.js'
import { completeInstance, decodeInstance, encodeInstance, type NewInstance, type ServiceInstance } from './instance.js'
import { ServiceProvider, type ServiceProviderOptions } from './service-provider.js'

/** A registered instance. */
export interface Registration<P = unknown> extends AsyncDisposable {
  /** As it is registered now. */
  readonly instance: ServiceInstance<P>
  /** Of its znode. */
  readonly path: string
  /** Changes what is registered, its name, id and type excepted. */
  update(changes: Partial<ServiceInstance<P>>): Promise<void>
  /** Takes it out of the registry. Twice is fine. */
  unregister(): Promise<void>
}

const CODEC = { encode: encodeInstance, decode: decodeInstance }

/**
 * A registry of services and their instances, in the layout of Curator's x-discovery: `<base>/<service>/<instance id>`.
 *
 * **Guarantee**: a DYNAMIC instance is listed while the session that registered it lives, and is registered again if
 * somebody deletes it; STATIC and PERMANENT ones stay until they are unregistered.
 *
 * **Suspended**: registrations stay; lists show what was known. **Expired**: this session's DYNAMIC instances are gone for
 * everybody, and the streams of changes error.
 */
export class ServiceDiscovery {
  /** The base of the registry. */
  readonly path: string
  readonly #client: Client
  readonly #options: RecipeOptions

  /** @param path the base of the registry @throws RECIPE_ARGUMENT for a path that cannot be */
  constructor(client: Client, path: string, options: RecipeOptions = {}) {
    this.#client = client
    this.path = checkedPath(path)
    this.#options = options
  }

  /**
   * Registers an instance. Without an id it gets a UUID, without a time the present.
   * @throws RECIPE_ARGUMENT for a name, id or port that cannot be, and for type DYNAMIC_SEQUENTIAL, whose znode changes its
   * name each time it is made again
   */
  async register<P>(instance: NewInstance<P>): Promise<Registration<P>> {
    const complete = completeInstance(instance, uuidOf(this.#options), clockOf(this.#options).wallTime())
    const path = `${this.#folder(complete.name)}/${complete.id}`
    if (complete.serviceType === 'DYNAMIC') {
      const node = new PersistentNode(this.#client, path, { data: encodeInstance(complete) })
      await node.start()
      return new Registered(complete, path, {
        write: data => node.setData(data),
        remove: () => node.close(),
      })
    }
    if (complete.serviceType === 'DYNAMIC_SEQUENTIAL') throw argument('instances are DYNAMIC, STATIC or PERMANENT')
    const client = this.#client
    const write = async (data: Uint8Array) => {
      await persevere(client, () => client.setData(path, data))
    }
    await this.#createStatic(path, encodeInstance(complete), write)
    return new Registered(complete, path, { write, remove: () => deleteSurely(client, path) })
  }

  /** The names of all services. */
  async services(): Promise<string[]> {
    const names = await persevere(this.#client, () => this.#client.getChildren(this.path)).catch(error => {
      if (isCode(error, KeeperCode.NoNode)) return []
      throw error
    })
    return names.sort()
  }

  /** The instances of a service now. @throws RECIPE_DATA_INVALID for an instance that cannot be read */
  async instances(service: string): Promise<ServiceInstance[]> {
    const folder = this.#folder(service)
    return (await childrenOf(this.#client, folder)).map(child => read(folder, child))
  }

  /** The instances of a service, now and whenever one comes, goes or changes. Those that cannot be read are left out. */
  instances$(service: string): Observable<ServiceInstance[]> {
    const folder = this.#folder(service)
    return children$(this.#client, folder, CreateMode.CONTAINER).pipe(
      map(children => children.flatMap(child => readable(folder, child))),
    )
  }

  /** Chooses among the instances of a service, with its eye on the registry. Resolves when it knows them. */
  async provider(service: string, options: ServiceProviderOptions = {}): Promise<ServiceProvider> {
    return await ServiceProvider.start(this.instances$(service), { clock: clockOf(this.#options), ...options })
  }

  #folder(service: string): string {
    return `${this.path}/${checkedName(service, "a service's name")}`
  }

  async #createStatic(path: string, data: Uint8Array, write: (data: Uint8Array) => Promise<void>): Promise<void> {
    const client = this.#client
    const parent = path.slice(0, path.lastIndexOf('/'))
    const create = () => persevere(client, () => client.create(path, data))
    try {
      await withParent(client, parent, CreateMode.CONTAINER, create)
    } catch (error) {
      if (!isCode(error, KeeperCode.NodeExists)) throw error
      await write(data) // registered before: the newer word counts
    }
  }
}

class Registered<P> implements Registration<P> {
  #removed: Promise<void> | undefined

  constructor(
    public instance: ServiceInstance<P>,
    readonly path: string,
    private readonly znode: { write(data: Uint8Array): Promise<void>; remove(): Promise<void> },
  ) {}

  async update(changes: Partial<ServiceInstance<P>>): Promise<void> {
    const { name, id, serviceType } = this.instance
    if (this.#removed !== undefined) throw argument(`${name} ${id} was unregistered before`)
    this.instance = { ...this.instance, ...changes, name, id, serviceType }
    await this.znode.write(encodeInstance(this.instance))
  }

  unregister(): Promise<void> {
    this.#removed ??= this.znode.remove()
    return this.#removed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.unregister()
  }
}

function read(folder: string, { name, data }: Child): ServiceInstance {
  return decodeAt(CODEC, `${folder}/${name}`, data ?? new Uint8Array(0))
}

function readable(folder: string, child: Child): ServiceInstance[] {
  try {
    return [read(folder, child)]
  } catch {
    return []
  }
}
