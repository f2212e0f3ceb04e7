import type { Subject } from 'rxjs'
import type { WatchEvent } from './watch-event.js'
import type { TakenWatches } from './watch-registry.js'

/** Tells everybody of an event whom it concerns. */
export function deliver({ callbacks, streams }: TakenWatches, events$: Subject<WatchEvent>, event: WatchEvent): void {
  // A turn of its own behind the replies that came first: whoever awaits those learns of them first.
  queueMicrotask(() => {
    events$.next(event)
    for (const stream of streams) stream.next(event)
  })
  // One each, so that a callback that throws keeps the event from nobody.
  for (const callback of callbacks) queueMicrotask(() => callback(event))
}
