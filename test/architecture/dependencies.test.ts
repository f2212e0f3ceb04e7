/** What may import what: the repository keeps to the rules, and each rule finds who does not. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { removeDir, tempDir } from '../support/temp-dir.js'

const repository = fileURLToPath(new URL('../../../', import.meta.url))
const rules = new URL('../../../scripts/dependency-rules.mjs', import.meta.url)
const { dependencyProblems } = (await import(rules.href)) as { dependencyProblems(root: string): string[] }

const manifest = (dependencies: readonly string[]) =>
  JSON.stringify({
    exports: { '.': './dist/index.js', './jute': './dist/jute.js' },
    dependencies: Object.fromEntries(dependencies.map(name => [name, '*'])),
  })

/** A repository of three packages that keep to every rule, and what is written over them. */
function problemsWith(t: Test, files: Readonly<Record<string, string>>): string[] {
  const root = tempDir('rules')
  t.teardown(() => removeDir(root))
  const all = {
    'packages/core/package.json': manifest(['zod']),
    'packages/core/src/tree/node.ts': "import { z } from 'zod'\nimport { a } from '../seams/a.js'\n",
    'packages/core/src/server/kernel.ts': "import { node } from '../tree/node.js'\nimport './parts.js'\n",
    'packages/core/src/simulation/run/server.ts': "import { Kernel } from '../../server/kernel.js'\n",
    'packages/core/src/index.ts': "export * from './server/kernel.js'\n",
    'packages/core/test/node.test.ts': "import t from 'tap'\nimport { node } from '../dist/tree/node.js'\n",
    'packages/storage-file/package.json': manifest(['@menagerie/core']),
    'packages/storage-file/src/index.ts': "import fs from 'node:fs'\nimport { x } from '@menagerie/core/jute'\n",
    'packages/transport-tcp/package.json': manifest(['@menagerie/core']),
    'packages/transport-tcp/src/index.ts': "export * from '@menagerie/core'\n",
    'test/all.test.ts': "import { x } from '@menagerie/storage-file'\nimport './support/x.js'\n",
    'examples/one/main.mjs': "import { x } from '@menagerie/core'\n",
    ...files,
  }
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return dependencyProblems(root)
}

t.test('this repository keeps to the rules', async t => {
  t.strictSame(dependencyProblems(repository), [])
})

t.test('packages that keep to the rules have no problems', async t => {
  t.strictSame(problemsWith(t, {}), [])
})

const wrong: readonly [what: string, path: string, text: string, problem: string][] = [
  [
    'the kernel imports a plugin',
    'packages/core/src/server.ts',
    "import { z } from 'zod'\nimport { storageFile } from '@menagerie/storage-file'\n",
    'packages/core/src/server.ts:2: imports "@menagerie/storage-file", but core may use no other package of this repository',
  ],
  [
    'the kernel imports one when it is needed',
    'packages/core/src/server.ts',
    "export const load = () => import('@menagerie/storage-file')\n",
    'packages/core/src/server.ts:1: imports "@menagerie/storage-file", but core may use no other package of this repository',
  ],
  [
    'the kernel imports a platform',
    'packages/core/src/server.ts',
    "import { readFileSync } from 'node:fs'\n",
    'packages/core/src/server.ts:1: imports "node:fs", but the kernel has no platform: use a seam',
  ],
  [
    'the kernel imports a platform by its old name',
    'packages/core/src/server.ts',
    "import { readFile } from 'fs/promises'\n",
    'packages/core/src/server.ts:1: imports "fs/promises", but the kernel has no platform: use a seam',
  ],
  [
    'a part of the kernel imports what composes it',
    'packages/core/src/requests/read/answer.ts',
    "import { z } from 'zod'\nimport { Kernel } from '../../server/kernel.js'\n",
    'packages/core/src/requests/read/answer.ts:2: imports "../../server/kernel.js", but requests may not know server, which composes it: let it declare what it asks of its host',
  ],
  [
    'a part of the kernel imports no more than a type of what composes it',
    'packages/core/src/zab/leader.ts',
    "import type { Kernel } from '../server/kernel.js'\n",
    'packages/core/src/zab/leader.ts:1: imports "../server/kernel.js", but zab may not know server, which composes it: let it declare what it asks of its host',
  ],
  [
    'a plugin imports another one',
    'packages/storage-file/src/index.ts',
    "export type { X } from '@menagerie/transport-tcp'\n",
    'packages/storage-file/src/index.ts:1: imports "@menagerie/transport-tcp", but storage-file may use core, platform-node only',
  ],
  [
    'a package imports what is no export',
    'packages/storage-file/src/index.ts',
    "import { Kernel } from '@menagerie/core/dist/server/kernel.js'\n",
    'packages/storage-file/src/index.ts:1: imports "@menagerie/core/dist/server/kernel.js", which is no export of @menagerie/core (., ./jute)',
  ],
  [
    'a package reaches into another by a path',
    'packages/storage-file/src/log/index.ts',
    "import { Kernel } from '../../../core/src/server/kernel.js'\n",
    'packages/storage-file/src/log/index.ts:1: imports "../../../core/src/server/kernel.js", which is outside of packages/storage-file/src',
  ],
  [
    'a package imports its own tests',
    'packages/storage-file/src/index.ts',
    "import '../test/support.js'\n",
    'packages/storage-file/src/index.ts:1: imports "../test/support.js", which is outside of packages/storage-file/src',
  ],
  [
    'a package imports what it does not declare',
    'packages/storage-file/src/index.ts',
    "import { z } from 'zod'\n",
    'packages/storage-file/src/index.ts:1: imports "zod", which its package.json does not declare',
  ],
  [
    'a package imports one that there is not',
    'packages/storage-file/src/index.ts',
    "import '@menagerie/none'\n",
    'packages/storage-file/src/index.ts:1: imports "@menagerie/none", which is no package of this repository',
  ],
  [
    'a test reaches into another package',
    'packages/storage-file/test/a.test.ts',
    "import { Kernel } from '../../core/dist/server/kernel.js'\n",
    'packages/storage-file/test/a.test.ts:1: imports "../../core/dist/server/kernel.js", which is outside of packages/storage-file',
  ],
  [
    'a test across packages reaches into one',
    'test/deep/a.test.ts',
    "import { Kernel } from '../../packages/core/dist/server/kernel.js'\n",
    'test/deep/a.test.ts:1: imports "../../packages/core/dist/server/kernel.js", which is outside of test',
  ],
  [
    'an example uses what is no export',
    'examples/one/main.mjs',
    "import { x } from '@menagerie/core/src/x.js'\n",
    'examples/one/main.mjs:1: imports "@menagerie/core/src/x.js", which is no export of @menagerie/core (., ./jute)',
  ],
  [
    'a new package has no rule',
    'packages/gateway/src/index.ts',
    "import { x } from '@menagerie/core'\n",
    'packages/gateway/src/index.ts:1: imports "@menagerie/core", but scripts/dependency-rules.mjs does not say what gateway may use',
  ],
]

for (const [what, path, text, problem] of wrong) {
  t.test(`it is found when ${what}`, async t => {
    const gateway = path.startsWith('packages/gateway/')
    const files = gateway ? [['packages/gateway/package.json', manifest(['@menagerie/core'])]] : []
    t.strictSame(problemsWith(t, { ...Object.fromEntries(files), [path]: text }), [problem])
  })
}
