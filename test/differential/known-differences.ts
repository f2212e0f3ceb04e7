/**
 * Where Debian's Apache 3.8.0 answers otherwise than 3.9.5, and 3.9.5 is right. The recordings are those
 * of 3.9.5; what 3.8.0 says in the scenarios named here is recorded as well, so that any other difference
 * between the installed Apache and the recordings fails.
 */
export interface KnownDifference {
  why: string
  /** The scenarios in which it shows. */
  scenarios: RegExp
}

export const knownDifferences: readonly KnownDifference[] = [
  {
    why: 'exists asks for READ on a node that is there (ZOOKEEPER-2590)',
    scenarios:
      /^(setACL to an ACL (without permissions|of digest with an empty user|of many entries)|what a client may do with|the super user may all|random)/,
  },
  {
    why: 'an event goes only to who may read the node (CVE-2024-23944)',
    scenarios: /^(an event is not sent to who may not read|closing a session deletes its ephemerals and tells|random)/,
  },
  { why: 'ids of the scheme ip may be IPv6', scenarios: /with an ACL of an IPv6|to an ACL of an IPv6/ },
  {
    why: 'deleteContainer by a client deletes an empty node of any kind, and says NotEmpty otherwise',
    scenarios: /deleteContainer|^opcode 20 /,
  },
  {
    why: 'several kinds of persistent watches live on one path and session (ZOOKEEPER-4466)',
    scenarios: /persistent and (one-shot|recursive) together|^addWatch twice|with all watches|^random/,
  },
  {
    why: 'checkWatches and removeWatches know types 4 and 5, and a persistent watch is no data or child watch (ZOOKEEPER-4471, 4472)',
    scenarios: /^(checkWatches|removeWatches) of|^sync, getEphemerals and watches of a path empty$|^random/,
  },
  {
    why: 'create2 keeps its type inside a multi (ZOOKEEPER-4026)',
    scenarios: /^(a multi of every|sequence numbers in|random)/,
  },
  {
    why: 'a multi with flags that mean nothing cannot be read, and is refused as a whole',
    scenarios: /^a multi whose operation . of 3 is a create with flags that mean nothing/,
  },
  { why: 'check is an operation of multi only (ZOOKEEPER-2623)', scenarios: /^check |^a check outside/ },
  {
    why: 'a write that cannot be read takes no zxid',
    scenarios:
      /(without a body|with a body cut short|with a length that is (negative|huge))$|^a vector longer than its frame$/,
  },
]

export function reasonOf(scenario: string): string | undefined {
  return knownDifferences.find(({ scenarios }) => scenarios.test(scenario))?.why
}

/** Events of 3.8.0 carry zxid -1; since 3.9 they carry that of the cause (ZOOKEEPER-4655). */
export const withoutEventZxid = (line: string): string => line.replace(/< event zxid=\S+/, '< event')
