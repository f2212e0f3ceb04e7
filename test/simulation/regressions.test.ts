/** Schedules that once broke a promise, as the simulation had shortened them. */
import type { Schedule } from '@menagerie/core/simulation'
import t from 'tap'
import { replay } from './runner.js'

const schedules: Readonly<Record<string, Schedule>> = {
  'a flush that fails during the synchronisation stops the server, and nothing goes unheard': {
    seed: 197,
    servers: 3,
    clients: 4,
    durationMs: 1125,
    faults: [
      { kind: 'disconnect', atMs: 285, client: 2 },
      { kind: 'partition', atMs: 405, durationMs: 707, style: 'full', side: [3], bridge: null, breaks: true },
      { kind: 'crash', atMs: 448, server: 3, downMs: 473, tail: 0.4, progress: 1, silent: false },
      { kind: 'pause', atMs: 455, durationMs: 1044, server: 2 },
      { kind: 'syncFailure', atMs: 763, server: 1 },
    ],
  },
  'what the former server of a session had under way is refused': {
    seed: 165,
    servers: 3,
    clients: 2,
    durationMs: 758,
    faults: [
      { kind: 'clientDeath', atMs: 148, client: 1 },
      { kind: 'partition', atMs: 501, durationMs: 496, style: 'full', side: [3], bridge: null, breaks: false },
      { kind: 'crash', atMs: 555, server: 2, downMs: 299, tail: 0.1, progress: 0.1, silent: false },
    ],
  },
  'a former server does not end a session that has moved': {
    seed: 1272,
    servers: 3,
    clients: 1,
    durationMs: 1222,
    faults: [
      { kind: 'partition', atMs: 559, durationMs: 223, style: 'bridge', side: [3], bridge: 1, breaks: false },
      { kind: 'disconnect', atMs: 635, client: 1 },
    ],
  },
  'a write does not overtake a sync of its session': {
    seed: 1081,
    servers: 3,
    clients: 2,
    durationMs: 426,
    faults: [
      { kind: 'slowDisk', atMs: 188, durationMs: 222, server: 2, maxMs: 171 },
      { kind: 'syncFailure', atMs: 299, server: 2 },
      { kind: 'partition', atMs: 345, durationMs: 1358, style: 'full', side: [2], bridge: null, breaks: false },
    ],
  },
  'a server whose log fails while it is cut starts again': {
    seed: 1018,
    servers: 3,
    clients: 1,
    durationMs: 1531,
    faults: [
      { kind: 'partition', atMs: 223, durationMs: 1052, style: 'oneWay', side: [3], bridge: null, breaks: false },
      { kind: 'syncFailure', atMs: 353, server: 3 },
    ],
  },
  'what comes of a session that is over is refused': {
    seed: 3232,
    servers: 3,
    clients: 3,
    durationMs: 863,
    faults: [
      { kind: 'crash', atMs: 408, server: 2, downMs: 95, tail: 0.3, progress: 0.3, silent: false },
      { kind: 'slowLink', atMs: 443, durationMs: 570, from: 1, to: 3, maxMs: 227 },
      { kind: 'disconnect', atMs: 690, client: 1 },
    ],
  },
  'a session that a deposed leader wanted to end has its watches where it comes back': {
    seed: 21333,
    servers: 3,
    clients: 2,
    durationMs: 1506,
    faults: [
      { kind: 'pause', atMs: 210, durationMs: 1133, server: 3 },
      { kind: 'partition', atMs: 1167, durationMs: 840, style: 'bridge', side: [2], bridge: 3, breaks: false },
    ],
  },
  'a session that a deposed leader wanted to end is kept alive by its heartbeats': {
    seed: 21723,
    servers: 3,
    clients: 4,
    durationMs: 702,
    faults: [
      { kind: 'restart', atMs: 114, server: 3, downMs: 156 },
      { kind: 'pause', atMs: 283, durationMs: 1227, server: 2 },
    ],
  },
  'a server that follows without a vote and becomes an observer joins again as one': {
    seed: 19,
    servers: 3,
    spares: 2,
    clients: 1,
    durationMs: 2624,
    faults: [
      {
        kind: 'reconfig',
        atMs: 2466,
        joining: [
          { server: 5, role: 'observer' },
          { server: 4, role: 'observer' },
        ],
        condition: 'none',
        startsMs: 70,
        stops: true,
      },
    ],
  },
  'a server that was stopped and comes back as an observer joins as one': {
    seed: 14,
    servers: 3,
    spares: 2,
    clients: 1,
    durationMs: 2134,
    faults: [
      { kind: 'reconfig', atMs: 700, leaving: [2], condition: 'none', startsMs: 245, stops: true },
      {
        kind: 'reconfig',
        atMs: 1818,
        joining: [
          { server: 4, role: 'participant' },
          { server: 2, role: 'observer' },
        ],
        condition: 'last',
        startsMs: 205,
        stops: true,
      },
    ],
  },
  'observers, which acknowledge nothing, are no quorum of a new configuration': {
    seed: 41,
    servers: 3,
    spares: 2,
    clients: 1,
    durationMs: 900,
    faults: [
      {
        kind: 'reconfig',
        atMs: 100,
        joining: [
          { server: 4, role: 'observer' },
          { server: 5, role: 'observer' },
        ],
        condition: 'none',
        startsMs: 100,
        stops: false,
      },
      {
        kind: 'reconfig',
        atMs: 600,
        members: [
          { server: 4, role: 'participant' },
          { server: 5, role: 'participant' },
        ],
        condition: 'none',
        startsMs: 0,
        stops: false,
      },
    ],
  },
  'a leader whose reconfiguration is the first transaction of its epoch waits for its quorums, and does not spin': {
    seed: 100777,
    servers: 3,
    spares: 1,
    clients: 1,
    durationMs: 1410,
    faults: [
      { kind: 'crash', atMs: 216, server: 1, downMs: 192, tail: 0.8, progress: 0.5, silent: false },
      {
        kind: 'reconfig',
        atMs: 648,
        joining: [{ server: 4, role: 'participant' }],
        condition: 'last',
        startsMs: 189,
        stops: false,
      },
      { kind: 'pause', atMs: 669, durationMs: 619, server: 1 },
      { kind: 'partition', atMs: 744, durationMs: 327, style: 'oneWay', side: [2, 4], bridge: null, breaks: true },
      { kind: 'crash', atMs: 1009, server: 1, downMs: 80, tail: 0.7, progress: 0.5, silent: false },
    ],
  },
  'a server that has accepted the epoch of a leader which failed is not left out by one of an earlier epoch': {
    seed: 203287,
    servers: 3,
    clients: 1,
    durationMs: 780,
    faults: [
      { kind: 'restart', atMs: 306, server: 2, downMs: 75 },
      { kind: 'fullDisk', atMs: 349, durationMs: 546, server: 2 },
      { kind: 'restart', atMs: 354, server: 1, downMs: 476 },
      { kind: 'pause', atMs: 764, durationMs: 276, server: 3 },
    ],
  },
  'old and new servers that are a round apart elect a leader while a reconfiguration is under way': {
    seed: 103508,
    servers: 3,
    spares: 2,
    clients: 2,
    durationMs: 1345,
    faults: [
      { kind: 'reconfig', atMs: 201, leaving: [1], condition: 'none', startsMs: 176, stops: false },
      {
        kind: 'reconfig',
        atMs: 668,
        members: [
          { server: 4, role: 'participant' },
          { server: 1, role: 'participant' },
          { server: 5, role: 'observer' },
          { server: 3, role: 'observer' },
          { server: 2, role: 'observer' },
        ],
        condition: 'last',
        startsMs: 230,
        stops: true,
      },
      { kind: 'fullDisk', atMs: 910, durationMs: 246, server: 3 },
      { kind: 'restart', atMs: 929, server: 2, downMs: 290 },
    ],
  },
  'they do so where the damaged log of one takes its vote away': {
    seed: 200250,
    servers: 3,
    spares: 3,
    clients: 1,
    durationMs: 967,
    faults: [
      { kind: 'slowLink', atMs: 184, durationMs: 202, from: 1, to: 3, maxMs: 222 },
      {
        kind: 'reconfig',
        atMs: 257,
        members: [
          { server: 1, role: 'participant' },
          { server: 4, role: 'participant' },
          { server: 3, role: 'participant' },
          { server: 2, role: 'participant' },
          { server: 6, role: 'participant' },
        ],
        condition: 'last',
        startsMs: 143,
        stops: false,
      },
      { kind: 'crash', atMs: 323, server: 2, downMs: 323, tail: 0.4, progress: 0, silent: true },
      { kind: 'partition', atMs: 437, durationMs: 1044, style: 'full', side: [3, 5], bridge: null, breaks: false },
      { kind: 'restart', atMs: 501, server: 3, downMs: 491 },
      { kind: 'crash', atMs: 594, server: 1, downMs: 200, tail: 0.3, progress: 0, silent: false },
      { kind: 'logDamage', atMs: 619, server: 2 },
    ],
  },
  // A fault of the simulation itself: the machine was never started again.
  'a machine that is stopped after the last fault, and is to join once more, runs': {
    seed: 410037,
    servers: 3,
    observers: 1,
    spares: 2,
    clients: 1,
    durationMs: 1065,
    faults: [
      { kind: 'crash', atMs: 516, server: 2, downMs: 743, tail: 0.9, progress: 0, silent: true },
      { kind: 'crash', atMs: 695, server: 1, downMs: 708, tail: 0.8, progress: 0.3, silent: false },
      {
        kind: 'reconfig',
        atMs: 793,
        members: [
          { server: 2, role: 'participant' },
          { server: 6, role: 'participant' },
          { server: 1, role: 'participant' },
          { server: 3, role: 'participant' },
        ],
        condition: 'none',
        startsMs: 111,
        stops: true,
      },
      {
        kind: 'reconfig',
        atMs: 932,
        joining: [
          { server: 4, role: 'observer' },
          { server: 5, role: 'observer' },
        ],
        condition: 'none',
        startsMs: null,
        stops: false,
      },
    ],
  },
  // A fault of the simulation itself: it gave the last term of a leader no time to expire them.
  'sessions expire under a leader that had to wait for its quorum again and again': {
    seed: 1001410,
    servers: 3,
    clients: 1,
    durationMs: 1618,
    faults: [
      { kind: 'restart', atMs: 426, server: 3, downMs: 68 },
      { kind: 'crash', atMs: 1112, server: 2, downMs: 360, tail: 0.6, progress: 0.1, silent: false },
      { kind: 'clientDeath', atMs: 1245, client: 1 },
      { kind: 'crash', atMs: 1323, server: 3, downMs: 248, tail: 0.4, progress: 0.5, silent: false },
      { kind: 'logDamage', atMs: 1382, server: 3 },
      { kind: 'partition', atMs: 1476, durationMs: 142, style: 'full', side: [2], bridge: null, breaks: true },
    ],
  },
  // Another one: it looked for what is committed in the leader's log alone.
  'what a leader has out of the snapshot of one that never served is committed with its term': {
    seed: 1006331,
    servers: 3,
    spares: 2,
    snapshots: true,
    clients: 3,
    durationMs: 1414,
    faults: [
      { kind: 'clientCut', atMs: 2, durationMs: 1412, client: 3, server: 0 },
      { kind: 'crash', atMs: 44, server: 3, downMs: 64, tail: 0.2, progress: 0.3, silent: false },
      { kind: 'slowDisk', atMs: 78, durationMs: 898, server: 1, maxMs: 45 },
      {
        kind: 'reconfig',
        atMs: 111,
        joining: [{ server: 5, role: 'participant' }],
        condition: 'none',
        startsMs: 76,
        stops: true,
      },
      { kind: 'reconfig', atMs: 188, leaving: [2], condition: 'none', startsMs: 128, stops: false },
      { kind: 'restart', atMs: 280, server: 3, downMs: 150 },
      { kind: 'partition', atMs: 284, durationMs: 622, style: 'oneWay', side: [4, 5], bridge: null, breaks: true },
      { kind: 'crash', atMs: 860, server: 1, downMs: 114, tail: 0.6, progress: 1, silent: true },
      { kind: 'crash', atMs: 875, server: 2, downMs: 34, tail: 0.2, progress: 0.6, silent: true },
      { kind: 'restart', atMs: 1048, server: 1, downMs: 423 },
      { kind: 'crash', atMs: 1173, server: 2, downMs: 285, tail: 0.1, progress: 0.3, silent: false },
    ],
  },
  'a snapshot that is being installed when its leader dies cuts nothing off that the next leader was promised': {
    seed: 2007751,
    servers: 3,
    snapshots: true,
    clients: 2,
    durationMs: 2834,
    faults: [
      { kind: 'logDamage', atMs: 256, server: 3 },
      { kind: 'crash', atMs: 256, server: 3, downMs: 222, tail: 0.3, progress: 0.5, silent: false },
      { kind: 'crash', atMs: 1585, server: 2, downMs: 162, tail: 0.2, progress: 0.3, silent: false },
      { kind: 'slowDisk', atMs: 1666, durationMs: 883, server: 2, maxMs: 27 },
      { kind: 'crash', atMs: 1964, server: 2, downMs: 287, tail: 1, progress: 0.1, silent: false },
      { kind: 'crash', atMs: 2458, server: 3, downMs: 245, tail: 1, progress: 0.9, silent: false },
    ],
  },
  'a leader that is not established sends a snapshot of all its history: learners cut off behind it what they have': {
    seed: 3300859,
    servers: 3,
    spares: 1,
    snapshots: true,
    clients: 4,
    durationMs: 671,
    faults: [
      { kind: 'crash', atMs: 0, server: 3, downMs: 147, tail: 0.8, progress: 0.5, silent: false },
      { kind: 'crash', atMs: 326, server: 2, downMs: 50, tail: 0.9, progress: 1, silent: false },
      { kind: 'pause', atMs: 335, durationMs: 596, server: 1 },
      { kind: 'logDamage', atMs: 389, server: 3 },
      { kind: 'crash', atMs: 389, server: 3, downMs: 125, tail: 0.1, progress: 0.5, silent: false },
    ],
  },
  'a disk that fails while a snapshot of the leader is installed stops its server': {
    seed: 6005265,
    servers: 3,
    snapshots: true,
    clients: 1,
    durationMs: 638,
    faults: [
      { kind: 'crash', atMs: 320, server: 3, downMs: 219, tail: 0.7, progress: 0.3, silent: false },
      { kind: 'syncFailure', atMs: 362, server: 3 },
    ],
  },
  'a configuration is read when the transaction that brings it has been applied, and not before': {
    seed: 2022637,
    servers: 3,
    spares: 1,
    clients: 2,
    durationMs: 1031,
    faults: [
      { kind: 'slowDisk', atMs: 41, durationMs: 1086, server: 3, maxMs: 185 },
      { kind: 'crash', atMs: 238, server: 1, downMs: 372, tail: 0.5, progress: 0.1, silent: false },
      { kind: 'partition', atMs: 279, durationMs: 514, style: 'full', side: [2], bridge: null, breaks: false },
      {
        kind: 'reconfig',
        atMs: 548,
        members: [
          { server: 2, role: 'participant' },
          { server: 1, role: 'participant' },
          { server: 4, role: 'observer' },
        ],
        condition: 'none',
        startsMs: 132,
        stops: false,
      },
      { kind: 'pause', atMs: 967, durationMs: 411, server: 2 },
    ],
  },
}

for (const [name, schedule] of Object.entries(schedules)) {
  t.test(name, async t => {
    const lines: string[] = []
    t.equal(await replay({ schedule }, line => lines.push(line)), 0, lines.join('\n'))
  })
}
