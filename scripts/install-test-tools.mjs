// Installs what the tests borrow from Debian: Apache ZooKeeper, its clients, and what compiles small programs
// for them. It does nothing where all is there. Where something is missing and may not be installed, it says
// what, and that the tests which need it are skipped; in CI (CI=true) that is a failure.
//   node scripts/install-test-tools.mjs
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const runs = (command, ...args) => spawnSync(command, args, { stdio: 'ignore' }).status === 0
const python = module => runs('/usr/bin/python3', '-c', `import ${module}`)

/** Each thing that tests use, the packages that bring it, and how to see that it is there. */
const tools = [
  { packages: ['zookeeper', 'libzookeeper-java'], there: () => existsSync('/usr/share/zookeeper/bin/zkCli.sh') },
  { packages: ['libzookeeper-java'], there: () => existsSync('/usr/share/java/zookeeper.jar') },
  { packages: ['libcurator-recipes-java'], there: () => existsSync('/usr/share/java/curator-recipes.jar') },
  { packages: ['libcurator-discovery-java'], there: () => existsSync('/usr/share/java/curator-x-discovery.jar') },
  { packages: ['default-jdk-headless'], there: () => runs('java', '-version') && runs('javac', '-version') },
  { packages: ['python3-kazoo'], there: () => python('kazoo') },
  { packages: ['python3-pure-sasl'], there: () => python('puresasl') },
  { packages: ['openssl'], there: () => runs('openssl', 'version') },
  { packages: ['python3-pytest'], there: () => python('pytest') },
  { packages: ['zookeeper-bin'], there: () => existsSync('/usr/lib/zookeeper/bin/cli_mt') },
  { packages: ['libzookeeper-mt-dev'], there: () => existsSync('/usr/include/zookeeper/zookeeper.h') },
  { packages: ['nats-server'], there: () => existsSync('/usr/sbin/nats-server') || runs('nats-server', '--version') },
  { packages: ['gcc', 'libc6-dev'], there: () => runs('gcc', '--version') },
]

const missing = () => tools.filter(tool => !tool.there())
const names = list => [...new Set(list.flatMap(tool => tool.packages))]

function install(packages) {
  if (!runs('apt-get', '--version')) return 'there is no apt-get'
  const root = process.getuid?.() === 0
  if (!root && !runs('sudo', '-n', 'true')) return 'neither root nor sudo without a password'
  const apt = (...args) => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    const words = root
      ? ['apt-get', ...args]
      : ['sudo', '-n', 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args]
    return spawnSync(words[0], words.slice(1), { stdio: ['ignore', 'ignore', 'inherit'], env }).status === 0
  }
  console.log(`Installing for the tests: ${packages.join(' ')}`)
  // An old list names packages that are gone, so it is renewed first; installing may still work if that fails.
  apt('update', '-qq')
  return apt('install', '-qq', '-y', '--no-install-recommends', ...packages) ? undefined : 'apt-get install failed'
}

const wanted = missing()
if (wanted.length > 0) {
  const refusal = install(names(wanted))
  const left = missing()
  if (left.length > 0) {
    const why = refusal === undefined ? '' : ` (${refusal})`
    console.error(`Not installed${why}: ${names(left).join(' ')}. Tests that need them are skipped.`)
    if (process.env.CI === 'true') process.exit(1)
  }
}
