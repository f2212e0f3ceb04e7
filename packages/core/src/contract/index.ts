export type { TestFunction } from './harness.js'
