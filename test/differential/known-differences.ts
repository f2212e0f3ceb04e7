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

const knownDifferences: readonly KnownDifference[] = [
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
    scenarios: /^(a multi of every|sequence numbers in|creates of every opcode|random)/,
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

/**
 * Where Menagerie answers otherwise than Apache 3.9.5 on purpose (docs/differences.md tells users). Each names
 * one scenario and turns its recording into what Menagerie has to answer, so that nothing else may differ.
 */
export interface DeliberateDifference {
  why: string
  scenario: string
  turn(lines: readonly string[]): string[]
}

export const deliberateDifferences: readonly DeliberateDifference[] = [
  {
    why: 'text outside the BMP is sent as UTF-8, not as the two surrogates that Java encodes one by one',
    scenario: 'sync, getEphemerals and watches of a path with a character outside the BMP',
    turn: lines => lines.map(line => line.replace('hex:2f742f61eda0bdedb88062', '"/t/a\u{1f600}b"')),
  },
  {
    why: 'a client may not send the transaction that makes sessions: Unimplemented, and no zxid is taken',
    scenario: 'opcode -10 without a body',
    turn: lines => [
      ...lines.slice(0, 3),
      'a < reply xid=1 zxid=-1 err=-6',
      'a < closed',
      lines[6],
      lines[7].replace('zxid=+3', 'zxid=+2'),
    ],
  },
  {
    why: 'the root is one node, and counts once below its other name, the empty path',
    scenario: 'the empty path is another name of the root',
    turn: lines => lines.map(line => line.replace('count=5', 'count=4')),
  },
]
