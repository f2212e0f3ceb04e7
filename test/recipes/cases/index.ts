import type { Cases } from '../support/lab.js'
import { barrierCases, doubleBarrierCases } from './barriers.js'
import { electionCases, latchCases } from './leaders.js'
import { multiLockCases, readWriteCases, reentrantCases, semaphoreCases } from './locks.js'
import { mutexCases } from './mutex.js'
import { queueCases, workQueueCases } from './queues.js'

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
}
