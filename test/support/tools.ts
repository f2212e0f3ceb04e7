import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { apacheInstalled } from './apache.js'

/**
 * What the tests borrow from the machine, and how to see that it is there. scripts/install-test-tools.mjs
 * installs what is missing where it may.
 */
const TOOLS = {
  java: () => runs('java', '-version'),
  javac: () => runs('javac', '-version'),
  'Apache ZooKeeper (Debian: zookeeper, libzookeeper-java)': apacheInstalled,
  'zkCli.sh (Debian: zookeeper)': () => existsSync('/usr/share/zookeeper/bin/zkCli.sh'),
  'Curator (Debian: libcurator-recipes-java)': () => existsSync('/usr/share/java/curator-recipes.jar'),
  "Curator's discovery (Debian: libcurator-discovery-java)": () =>
    existsSync('/usr/share/java/curator-x-discovery.jar'),
  openssl: () => runs('openssl', 'version'),
  'kazoo (Debian: python3-kazoo)': () => runs('/usr/bin/python3', '-c', 'import kazoo'),
  'SASL for kazoo (Debian: python3-pure-sasl)': () => runs('/usr/bin/python3', '-c', 'import puresasl'),
  'pytest (Debian: python3-pytest)': () => runs('/usr/bin/python3', '-c', 'import pytest'),
  'the C client (Debian: zookeeper-bin)': () => existsSync('/usr/lib/zookeeper/bin/cli_mt'),
  'the C library (Debian: libzookeeper-mt-dev, gcc)': () =>
    existsSync('/usr/include/zookeeper/zookeeper.h') && runs('gcc', '--version'),
} as const
export type Tool = keyof typeof TOOLS

function runs(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0
}

/**
 * Options of a tap test that needs tools: it is skipped with their names where they are missing. In CI
 * nothing is skipped: the test runs and fails.
 */
export function needs(...tools: readonly Tool[]): { skip?: string } {
  if (process.env.CI === 'true') return {}
  const missing = tools.filter(tool => !TOOLS[tool]())
  return missing.length === 0 ? {} : { skip: `not installed: ${missing.join(', ')}` }
}

export const apacheTools = (): { skip?: string } =>
  needs('java', 'Apache ZooKeeper (Debian: zookeeper, libzookeeper-java)')
