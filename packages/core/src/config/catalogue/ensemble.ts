import { bool, INT_MAX, int, nonEmpty, oneOf, path, port, propertyInt, yesNo } from '../value-kinds.js'
import { accepted, combined, ensemble, type KeyGroup, missing } from './key.js'

const saslBetween = combined('the SASL between servers')

export const members: KeyGroup = {
  title: 'Members of an ensemble',
  keys: [
    combined('ensemble.servers')(
      'server.*',
      nonEmpty,
      '',
      'host:quorumPort:electionPort[:role][;[address:]clientPort] of server N; several addresses parted by |',
    ),
    combined('ensemble.groups')('group.*', nonEmpty, '', 'ids of the servers in a group, parted by colons'),
    combined('ensemble.weights')('weight.*', int({ min: 0 }), '1', 'weight of a server in its group'),
    combined('ensemble.servers')('dynamicConfigFile', path, '', 'file that holds the servers, groups and weights'),
    combined('ensemble.version')('version', nonEmpty, '', 'version of the ensemble, hexadecimal; not for people'),
    ensemble('initLimit', int({ min: 1 }), '', 'time for a server to join; required in an ensemble', { unit: 'ticks' }),
    ensemble('syncLimit', int({ min: 1 }), '', 'time for an answer; required in an ensemble', { unit: 'ticks' }),
    accepted(
      'a leader that 20 attempts do not reach, or that answers nothing for 1.5 s, is given up for the next election',
    )('connectToLearnerMasterLimit', int({ min: 0 }), '0', 'time to reach the leader; 0 is initLimit', {
      unit: 'ticks',
    }),
    ensemble('electionAlg', int({ min: 3, max: 3, what: 'the election algorithm' }), '3', 'only 3 exists'),
    ensemble('peerType', oneOf('participant', 'observer'), 'participant', 'role; the list of servers decides'),
    ensemble('quorumListenOnAllIPs', bool, 'false', 'listen for servers on every address of the machine'),
    ensemble('observerMasterPort', port, '0', 'port for observers at every voting server; 0: they go to the leader'),
    missing('observers keep log and snapshots always, since a reconfiguration may make them voters', 'true')(
      'syncEnabled',
      bool,
      'true',
      'observers keep a log',
      { also: ['observer.syncEnabled'] },
    ),
    ensemble(
      'oraclePath',
      path,
      '',
      'file that says 1 when this one of two voting servers may go on without the other',
    ),
    ensemble('multiAddress.enabled', bool, 'false', 'allow several addresses for a server'),
    accepted('addresses are tried beside each other, and the first that answers is taken')(
      'multiAddress.reachabilityCheckEnabled',
      bool,
      'true',
      'find out which address answers',
    ),
    accepted('addresses are tried beside each other, and the first that answers is taken')(
      'multiAddress.reachabilityCheckTimeoutMs',
      int({ min: 1 }),
      '1000',
      'wait for an answer',
      { unit: 'ms' },
    ),
    ensemble('localSessionsEnabled', bool, 'false', 'sessions that the leader does not know of'),
    ensemble('localSessionsUpgradingEnabled', bool, 'false', 'let them create ephemerals'),
  ],
}

export const tuning: KeyGroup = {
  title: 'Between the servers of an ensemble',
  keys: [
    ensemble('leaderServes', yesNo, 'yes', 'let the leader serve clients'),
    ensemble('cnxTimeout', propertyInt({ min: 1 }), '5000', 'wait for a connection in an election', { unit: 'ms' }),
    accepted('initLimit and syncLimit say how long a server may be silent')(
      'quorumCnxnTimeoutMs',
      propertyInt({ min: -1 }),
      '-1',
      'read timeout; -1 is syncLimit ticks',
      {
        unit: 'ms',
      },
    ),
    ensemble('tcpKeepAlive', bool, 'false', 'TCP keep-alive between servers'),
    ensemble('electionPortBindRetry', propertyInt({ min: 0 }), '3', 'tries to bind the election port; 0: for ever'),
    ensemble('fastleader.minNotificationInterval', propertyInt({ min: 1 }), '200', 'first wait for votes', {
      unit: 'ms',
    }),
    ensemble('fastleader.maxNotificationInterval', propertyInt({ min: 1 }), '60000', 'longest wait for votes', {
      unit: 'ms',
    }),
    accepted('packets between servers are always sent at once')(
      'leader.nodelay',
      bool,
      'true',
      'TCP_NODELAY at the leader',
    ),
    accepted('packets between servers are always sent at once')(
      'follower.nodelay',
      bool,
      'true',
      'TCP_NODELAY at followers',
    ),
    ensemble(
      'leader.maxConcurrentSnapSyncs',
      propertyInt({ min: 1 }),
      '10',
      'observers that are sent a snapshot at once',
      {
        also: ['maxConcurrentSnapSyncs'],
      },
    ),
    ensemble(
      'leader.maxConcurrentDiffSyncs',
      propertyInt({ min: 1 }),
      '100',
      'observers that are sent the log at once',
      {
        also: ['maxConcurrentDiffSyncs'],
      },
    ),
    ensemble('leader.maxTimeToWaitForEpoch', propertyInt({ min: -1 }), '-1', 'wait for a new epoch; -1: no limit', {
      unit: 'ms',
      also: ['maxTimeToWaitForEpoch'],
    }),
    accepted('acknowledgements are not logged')(
      'leader.ackLoggingFrequency',
      propertyInt(),
      '1000',
      'acknowledgements between two that are logged',
    ),
    accepted('no thread waits for a socket here')(
      'leader.closeSocketAsync',
      bool,
      'false',
      'close sockets in the background',
    ),
    accepted('no thread waits for a socket here')(
      'learner.closeSocketAsync',
      bool,
      'false',
      'close sockets in the background',
    ),
    accepted('no thread waits for a socket here')('learner.asyncSending', bool, 'false', 'send in the background'),
    ensemble('forceSnapshotSync', bool, 'false', 'always send learners a snapshot'),
    accepted('requests of learners take one way through the leader')(
      'forward_learner_requests_to_commit_processor_disabled',
      bool,
      'false',
      'shorter way of requests',
    ),
    accepted('requests of learners take one way through the leader')(
      'follower.skipLearnerRequestToNextProcessor',
      bool,
      'false',
      'shorter way of requests',
    ),
    ensemble('leaderConnectDelayDuringRetryMs', propertyInt({ min: 0 }), '100', 'between tries to reach the leader', {
      unit: 'ms',
    }),
    ensemble(
      'observer.reconnectDelayMs',
      propertyInt({ min: 0, max: INT_MAX }),
      '0',
      'longest wait of an observer before it looks for the next leader',
      {
        unit: 'ms',
      },
    ),
    accepted('an observer has no vote, and asks the voters at once; observer.reconnectDelayMs makes it wait')(
      'observer.election.DelayMs',
      propertyInt({ min: 0, max: INT_MAX }),
      '200',
      'wait before an election',
      {
        unit: 'ms',
      },
    ),
    ensemble('observerMaster.sizeLimit', propertyInt({ min: 0 }), '33554432', 'transactions kept for observers', {
      unit: 'bytes',
    }),
    saslBetween('quorum.auth.enableSasl', bool, 'false', 'SASL DIGEST-MD5 between servers'),
    saslBetween('quorum.auth.serverRequireSasl', bool, 'false', 'refuse servers that do not authenticate'),
    saslBetween('quorum.auth.learnerRequireSasl', bool, 'false', 'authenticate towards servers that are dialed'),
    saslBetween(
      'quorum.auth.learner.saslLoginContext',
      nonEmpty,
      'QuorumLearner',
      'section of the JAAS file: who this is',
    ),
    saslBetween(
      'quorum.auth.server.saslLoginContext',
      nonEmpty,
      'QuorumServer',
      'section of the JAAS file: who may come',
    ),
    accepted('there is no Kerberos in this version')(
      'quorum.auth.kerberos.servicePrincipal',
      nonEmpty,
      'zkquorum/localhost',
      'Kerberos principal',
    ),
    accepted('no thread waits for a socket here')(
      'quorum.cnxn.threads.size',
      int({ min: 0 }),
      '20',
      'threads for SASL',
    ),
  ],
}
