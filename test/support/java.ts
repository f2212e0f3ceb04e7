import { basename, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { JAVA_FLAGS } from './apache.js'
import { type Child, type ChildResult, runChild, startChild } from './child.js'
import { removeDir, tempDir } from './temp-dir.js'

/** A program of test/interop/programs; this file runs from test/dist/support. */
export const program = (name: string): string =>
  fileURLToPath(new URL(`../../interop/programs/${name}`, import.meta.url))

/** Debian's jars; ZooKeeper's names those that it needs in its manifest. */
const JARS = [
  'zookeeper',
  'zookeeper-recipes-election',
  'zookeeper-recipes-lock',
  'zookeeper-recipes-queue',
  'curator-client',
  'curator-framework',
  'curator-recipes',
  'curator-x-discovery',
  'guava',
  'slf4j-api',
  'jackson-core',
  'jackson-databind',
  'jackson-annotations',
  // Of Netty, the manifest leaves out what TLS needs.
  'netty-codec',
  'netty-resolver',
]
const CLASS_PATH = JARS.map(name => `/usr/share/java/${name}.jar`).join(':')

/** A compiled program. Dispose of it to remove the classes. */
export interface JavaProgram extends Disposable {
  /** Runs it to its end. @param flags go to the virtual machine, such as system properties. */
  run(args: readonly string[], flags?: readonly string[]): Promise<ChildResult>
  /** Starts it, for programs that are talked to. */
  start(args: readonly string[]): Child
}

/** Compiles a Java program of test/interop/programs, with what it uses of the others in its folder. */
export async function compileJava(name: string): Promise<JavaProgram> {
  const classes = tempDir('classes')
  const source = program(name)
  const paths = ['-cp', CLASS_PATH, '-sourcepath', dirname(source), '-d', classes]
  const compiled = await runChild('javac', ['-nowarn', ...paths, source])
  if (compiled.code !== 0) {
    removeDir(classes)
    throw new Error(`javac ${name}\n${compiled.stdout}${compiled.stderr}`)
  }
  const main = basename(name, '.java')
  return {
    run: (args, flags = []) =>
      runChild('java', [...JAVA_FLAGS, ...flags, '-cp', `${classes}:${CLASS_PATH}`, main, ...args], {
        timeoutMs: 180_000,
      }),
    start: args => startChild('java', [...JAVA_FLAGS, '-cp', `${classes}:${CLASS_PATH}`, main, ...args]),
    [Symbol.dispose]: () => removeDir(classes),
  }
}

/** Compiles a Java program of test/interop/programs and runs it. */
export async function runJava(name: string, args: readonly string[]): Promise<ChildResult> {
  using java = await compileJava(name)
  return await java.run(args)
}
