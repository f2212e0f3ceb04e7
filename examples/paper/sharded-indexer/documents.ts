/** What is indexed. Every worker can read every document, as they could from a distributed file system. */

const SUBJECTS = ['a leader', 'a follower', 'an observer', 'a client', 'the quorum', 'a session', 'a watch']
const VERBS = ['proposes', 'acknowledges', 'forgets', 'waits for', 'announces']
const OBJECTS = [
  'an epoch',
  'a snapshot',
  'a transaction',
  'a znode',
  'a vote',
  'an ephemeral',
  'a barrier',
  'a lock',
  'a quota',
  'a ping',
  'a ticket',
]

export const DOCUMENTS = 200

/** The text of a document, by its number. */
export function documentAt(n: number): string {
  return [SUBJECTS[n % SUBJECTS.length], VERBS[n % VERBS.length], OBJECTS[n % OBJECTS.length]].join(' ')
}
