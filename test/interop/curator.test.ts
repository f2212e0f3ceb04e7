import t from 'tap'
import { runJava } from '../support/java.js'
import { startTarget } from '../support/target.js'
import { needs } from '../support/tools.js'
import { endedWell } from '../support/verdict.js'

t.setTimeout(300_000)
t.test(
  "Curator's recipes work between two clients",
  needs('java', 'javac', 'Curator (Debian: libcurator-recipes-java)'),
  async t => {
    await using server = await startTarget({ config: { extendedTypesEnabled: true } })
    const result = await runJava('CuratorRecipes.java', [server.address])
    endedWell(t, result, 'no surprise')
    t.match(result.stdout, /all is well/)
  },
)
