import { MenagerieError } from '@menagerie/core'
import { pathProblem } from './path.js'
import type { ServerAddress } from './transport.js'

const DEFAULT_PORT = 2181

/** A connect string taken apart. */
export interface ConnectTarget {
  /** In the order given, at least one. */
  readonly servers: readonly ServerAddress[]
  /** A path without trailing slash that all paths are relative to; empty for none. */
  readonly chroot: string
}

/**
 * Reads `host[:port],host[:port].../chroot`: the form of Apache's clients. The port is 2181 where it is
 * left out; IPv6 addresses stand in brackets.
 * @throws CONFIG_INVALID naming the part that cannot be read
 */
export function parseConnectString(connectString: string): ConnectTarget {
  if (typeof connectString !== 'string') {
    const found = String(connectString)
    throw new MenagerieError('CONFIG_INVALID', `servers must be a string such as 'host:2181/app', found ${found}`)
  }
  const text = connectString.trim()
  const slash = text.indexOf('/')
  const hosts = slash === -1 ? text : text.slice(0, slash)
  const chroot = slash === -1 ? '' : text.slice(slash)
  const servers = hosts.split(',').map(part => parseServer(part.trim(), text))
  return { servers, chroot: parseChroot(chroot, text) }
}

function parseServer(part: string, text: string): ServerAddress {
  const match = /^(?:\[([0-9a-fA-F:.%\w]+)\]|([^\s:[\]]+))(?::(\d{1,5}))?$/.exec(part)
  if (match === null) throw invalid(text, `'${part}' is not host, host:port or [ipv6]:port`)
  const port = match[3] === undefined ? DEFAULT_PORT : Number(match[3])
  if (port < 1 || port > 65535) throw invalid(text, `port ${match[3]} is not between 1 and 65535`)
  return { host: match[1] ?? match[2], port }
}

function parseChroot(chroot: string, text: string): string {
  if (chroot === '' || chroot === '/') return ''
  const names = chroot.slice(1).split('/')
  if (names.some(name => name === '' || name === '.' || name === '..')) {
    throw invalid(text, `'${chroot}' is not an absolute path without empty, '.' or '..' names`)
  }
  const problem = pathProblem(chroot)
  if (problem !== undefined) throw invalid(text, problem)
  return chroot
}

function invalid(text: string, why: string): MenagerieError {
  return new MenagerieError('CONFIG_INVALID', `connect string '${text}': ${why}`)
}
