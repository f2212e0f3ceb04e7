// `npm run lint`: prints every import that dependency-rules.mjs forbids, and ends with 1 if there is one.
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { dependencyProblems } from './dependency-rules.mjs'

const problems = dependencyProblems(dirname(dirname(fileURLToPath(import.meta.url))))
for (const problem of problems) console.error(problem)
process.exitCode = problems.length === 0 ? 0 : 1
