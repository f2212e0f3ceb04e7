import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { JAVA_FLAGS } from './apache.js'
import { type ChildResult, runChild } from './child.js'
import { removeDir, tempDir } from './temp-dir.js'

/** A program of test/interop/programs; this file runs from test/dist/support. */
export const program = (name: string): string =>
  fileURLToPath(new URL(`../../interop/programs/${name}`, import.meta.url))

/** Debian's jars; ZooKeeper's names those that it needs in its manifest. */
const JARS = [
  'zookeeper',
  'curator-client',
  'curator-framework',
  'curator-recipes',
  'guava',
  'slf4j-api',
  'jackson-core',
  'jackson-databind',
  'jackson-annotations',
]
const CLASS_PATH = JARS.map(name => `/usr/share/java/${name}.jar`).join(':')

/** Compiles a Java program of test/interop/programs and runs it. */
export async function runJava(name: string, args: readonly string[]): Promise<ChildResult> {
  const classes = tempDir('classes')
  try {
    const compiled = await runChild('javac', ['-nowarn', '-cp', CLASS_PATH, '-d', classes, program(name)])
    if (compiled.code !== 0) throw new Error(`javac ${name}\n${compiled.stdout}${compiled.stderr}`)
    const main = basename(name, '.java')
    return await runChild('java', [...JAVA_FLAGS, '-cp', `${classes}:${CLASS_PATH}`, main, ...args], {
      timeoutMs: 180_000,
    })
  } finally {
    removeDir(classes)
  }
}
