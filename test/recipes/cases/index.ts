import type { Cases } from '../support/lab.js'
import { abortCases } from './aborts.js'
import { barrierCases, doubleBarrierCases } from './barriers.js'
import { configCases, twoPhaseCases } from './config.js'
import { electionCases, latchCases } from './leaders.js'
import { multiLockCases, readWriteCases, reentrantCases, semaphoreCases } from './locks.js'
import { discoveryCases, groupCases, persistentNodeCases } from './members.js'
import { misuseCases } from './misuse.js'
import { mutexCases } from './mutex.js'
import { queueCases, workQueueCases } from './queues.js'
import { renewalCases } from './renewal.js'
import { counterCases, sharedValueCases } from './shared.js'

export const allCases: Record<string, Cases> = {
  mutex: mutexCases,
  'leader election': electionCases,
  'leader latch': latchCases,
  'reentrant mutex': reentrantCases,
  'read-write lock': readWriteCases,
  'multi-lock': multiLockCases,
  semaphore: semaphoreCases,
  barrier: barrierCases,
  'double barrier': doubleBarrierCases,
  queue: queueCases,
  'work queue': workQueueCases,
  'shared value': sharedValueCases,
  counters: counterCases,
  'persistent node': persistentNodeCases,
  group: groupCases,
  discovery: discoveryCases,
  'configuration store': configCases,
  'two-phase commit': twoPhaseCases,
  'renewed sessions': renewalCases,
  'giving up': abortCases,
  'wrong use': misuseCases,
}
