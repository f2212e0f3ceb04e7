import { allCases } from './cases/index.js'
import { runCases } from './support/lab.js'

await runCases('apache', allCases)
