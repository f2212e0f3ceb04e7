import type { Cases } from '../support/lab.js'
import { mutexCases } from './mutex.js'

export const allCases: Record<string, Cases> = {
  mutex: mutexCases,
}
