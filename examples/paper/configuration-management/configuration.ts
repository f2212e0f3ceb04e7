/**
 * A configuration of many znodes that is changed as a whole (section 2.3 of the paper): the znode `ready` is taken away
 * before the first change and put back after the last.
 */
import { type Client, KeeperCode, type Multi, MultiError, NoNodeError, withRetries } from '@menagerie/client'
import type { Grant } from '@menagerie/recipes'
import { distinctUntilChanged, EMPTY, filter, from, type Observable, switchMap } from 'rxjs'

export interface Configuration {
  /** The transaction that made it ready. */
  readonly zxid: number
  readonly settings: ReadonlyMap<string, string>
}

const READY = 'ready'

/** The configuration, now or as soon as it is ready, and each later one. Those that follow closely may be passed over. */
export function configurations$(client: Client, path: string): Observable<Configuration> {
  return client.watch$(`${path}/${READY}`, { initial: true }).pipe(
    // A reading that is overtaken by a change is dropped.
    switchMap(({ type }) => (type === 'created' ? from(withRetries(() => readWhole(client, path))) : EMPTY)),
    filter(found => found !== undefined),
    distinctUntilChanged((one, other) => one.zxid === other.zxid),
  )
}

/**
 * All settings; undefined if somebody is changing them. The watch tells when to look, this tells that what was seen is whole:
 * what a session reads never goes back, so if the same `ready` is there before and after, it was there in between.
 */
async function readWhole(client: Client, path: string): Promise<Configuration | undefined> {
  const before = await client.exists(`${path}/${READY}`)
  const names = (await client.getChildren(path)).filter(name => name !== READY)
  const found = await Promise.all(names.map(name => client.getData(`${path}/${name}`).catch(gone)))
  const after = await client.exists(`${path}/${READY}`)
  if (before === null || before.czxid !== after?.czxid) return undefined
  const decoder = new TextDecoder()
  const settings = names.map((name, index): [string, string] => [name, decoder.decode(found[index]?.data ?? undefined)])
  return { zxid: before.czxid, settings: new Map(settings.sort(([a], [b]) => (a < b ? -1 : 1))) }
}

/**
 * Replaces the configuration, setting by setting. The server carries each step out only while the term lasts: a leader that
 * stood still meanwhile does not spoil what its successor has written.
 * @param written is told how many settings are written, and awaited
 * @throws MultiError with index 0 the term is over
 */
export async function replace(
  client: Client,
  term: Grant,
  path: string,
  settings: ReadonlyMap<string, string>,
  written: (count: number) => Promise<void>,
): Promise<void> {
  await surely(() => term.multi().delete(`${path}/${READY}`), KeeperCode.NoNode)
  const present = await withRetries(() => client.getChildren(path))
  for (const name of present.filter(name => !settings.has(name))) {
    await surely(() => term.multi().delete(`${path}/${name}`), KeeperCode.NoNode)
  }
  let count = 0
  for (const [name, value] of settings) {
    const data = new TextEncoder().encode(value)
    await surely(() => term.multi().create(`${path}/${name}`), KeeperCode.NodeExists)
    await surely(() => term.multi().setData(`${path}/${name}`, data))
    await written(++count)
  }
  await surely(() => term.multi().create(`${path}/${READY}`), KeeperCode.NodeExists)
}

/** Repeats a step over lost connections. @param done what the server says when it was done before */
async function surely(step: () => Multi<readonly unknown[]>, done?: number): Promise<void> {
  try {
    await withRetries(() => step().commit())
  } catch (error) {
    // Index 0 is the check of the term, 1 the step itself.
    if (!(error instanceof MultiError && error.index === 1 && error.code === done)) throw error
  }
}

function gone(error: unknown): undefined {
  if (!(error instanceof NoNodeError)) throw error
}
