import type { ExpectedMutation } from './index.js'
import { wrap } from './wrap.js'

export const watchMutations: readonly ExpectedMutation[] = [
  {
    name: 'fires watches after the reply that shows the change',
    seedsMax: 10,
    watches: (watches, { clock }) =>
      wrap(watches, {
        created: (...change) => clock.defer(() => watches.created(...change)),
        deleted: (...change) => clock.defer(() => watches.deleted(...change)),
        dataChanged: (...change) => clock.defer(() => watches.dataChanged(...change)),
        childrenChanged: (...change) => clock.defer(() => watches.childrenChanged(...change)),
      }),
  },
  {
    name: 'loses one watch in ten',
    seedsMax: 10,
    watches: (watches, { random }) =>
      wrap(watches, { add: (path, kind, watcher) => (random.chance(0.1) ? true : watches.add(path, kind, watcher)) }),
  },
  {
    name: 'tells nobody that a deletion changed the children',
    seedsMax: 10,
    watches(watches) {
      let deleting = false
      return wrap(watches, {
        deleted(path, zxid, acl) {
          deleting = true
          watches.deleted(path, zxid, acl)
        },
        childrenChanged(path, zxid, acl) {
          if (!deleting) watches.childrenChanged(path, zxid, acl)
          deleting = false
        },
      })
    },
  },
  {
    name: 'fires a persistent watch once only',
    seedsMax: 20,
    watches: watches =>
      wrap(watches, {
        add: (path, kind, watcher) => watches.add(path, kind === 'persistent' ? 'child' : kind, watcher),
      }),
  },
  {
    name: 'keeps a watch that has fired',
    seedsMax: 20,
    watches: watches =>
      wrap(watches, {
        add: (path, kind, watcher) => watches.add(path, kind === 'child' ? 'persistent' : kind, watcher),
      }),
  },
]
