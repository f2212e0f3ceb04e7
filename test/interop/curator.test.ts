import t from 'tap'
import { runJava } from '../support/java.js'
import { startTarget } from '../support/target.js'
import { needs } from '../support/tools.js'
import { endedWell } from '../support/verdict.js'

t.setTimeout(600_000)
for (const [program, what] of [
  ['CuratorRecipes.java', "Curator's recipes work between two clients"],
  ['CuratorMoreRecipes.java', "Curator's other recipes work, and come back after a session has expired"],
]) {
  t.test(what, needs('java', 'javac', 'Curator (Debian: libcurator-recipes-java)'), async t => {
    await using server = await startTarget({ config: { extendedTypesEnabled: true } })
    const result = await runJava(program, [server.address])
    endedWell(t, result, 'no surprise')
    t.match(result.stdout, /all is well/)
  })
}
