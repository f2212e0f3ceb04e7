import { bool, INT_MAX, int, nonEmpty, oneOf, path, port, propertyInt, yesNo } from '../value-kinds.js'
import { combined, ensemble, type KeyGroup, refused } from './key.js'

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
    ensemble('connectToLearnerMasterLimit', int({ min: 0 }), '0', 'time to reach the leader; 0 is initLimit', {
      unit: 'ticks',
    }),
    ensemble('electionAlg', int({ min: 3, max: 3, what: 'the election algorithm' }), '3', 'only 3 exists'),
    ensemble('peerType', oneOf('participant', 'observer'), 'participant', 'role; the list of servers decides'),
    ensemble('quorumListenOnAllIPs', bool, 'false', 'listen for servers on every address of the machine'),
    ensemble('observerMasterPort', port, '0', 'port for observers on a follower; 0 is none'),
    ensemble('syncEnabled', bool, 'true', 'observers keep a log', { also: ['observer.syncEnabled'] }),
    refused('there is no oracle; use three servers')(
      'oraclePath',
      path,
      '',
      'file that decides for one of two servers',
    ),
    ensemble('multiAddress.enabled', bool, 'false', 'allow several addresses for a server'),
    ensemble('multiAddress.reachabilityCheckEnabled', bool, 'true', 'find out which address answers'),
    ensemble('multiAddress.reachabilityCheckTimeoutMs', int({ min: 1 }), '1000', 'wait for an answer', { unit: 'ms' }),
    ensemble('localSessionsEnabled', bool, 'false', 'sessions that the leader does not know of'),
    ensemble('localSessionsUpgradingEnabled', bool, 'false', 'let them create ephemerals'),
  ],
}

export const tuning: KeyGroup = {
  title: 'Between the servers of an ensemble',
  keys: [
    ensemble('leaderServes', yesNo, 'yes', 'let the leader serve clients'),
    ensemble('cnxTimeout', propertyInt({ min: 1 }), '5000', 'wait for a connection in an election', { unit: 'ms' }),
    ensemble('quorumCnxnTimeoutMs', propertyInt({ min: -1 }), '-1', 'read timeout; -1 is syncLimit ticks', {
      unit: 'ms',
    }),
    ensemble('tcpKeepAlive', bool, 'false', 'TCP keep-alive between servers'),
    ensemble('electionPortBindRetry', propertyInt({ min: 0 }), '3', 'tries to bind the election port; 0: for ever'),
    ensemble('fastleader.minNotificationInterval', propertyInt({ min: 1 }), '200', 'first wait for votes', {
      unit: 'ms',
    }),
    ensemble('fastleader.maxNotificationInterval', propertyInt({ min: 1 }), '60000', 'longest wait for votes', {
      unit: 'ms',
    }),
    ensemble('leader.nodelay', bool, 'true', 'TCP_NODELAY at the leader'),
    ensemble('follower.nodelay', bool, 'true', 'TCP_NODELAY at followers'),
    ensemble('leader.maxConcurrentSnapSyncs', propertyInt(), '10', 'learners that are sent a snapshot at once', {
      also: ['maxConcurrentSnapSyncs'],
    }),
    ensemble('leader.maxConcurrentDiffSyncs', propertyInt(), '100', 'learners that are sent the log at once', {
      also: ['maxConcurrentDiffSyncs'],
    }),
    ensemble('leader.maxTimeToWaitForEpoch', propertyInt({ min: -1 }), '-1', 'wait for a new epoch; -1: no limit', {
      unit: 'ms',
      also: ['maxTimeToWaitForEpoch'],
    }),
    ensemble('leader.ackLoggingFrequency', propertyInt(), '1000', 'acknowledgements between two that are logged'),
    ensemble('leader.closeSocketAsync', bool, 'false', 'close sockets in the background'),
    ensemble('learner.closeSocketAsync', bool, 'false', 'close sockets in the background'),
    ensemble('learner.asyncSending', bool, 'false', 'send in the background'),
    ensemble('forceSnapshotSync', bool, 'false', 'always send learners a snapshot'),
    ensemble('forward_learner_requests_to_commit_processor_disabled', bool, 'false', 'shorter way of requests'),
    ensemble('follower.skipLearnerRequestToNextProcessor', bool, 'false', 'shorter way of requests'),
    ensemble('leaderConnectDelayDuringRetryMs', propertyInt({ min: 0 }), '100', 'between tries to reach the leader', {
      unit: 'ms',
    }),
    ensemble('observer.reconnectDelayMs', propertyInt({ min: 0, max: INT_MAX }), '0', 'wait before it reconnects', {
      unit: 'ms',
    }),
    ensemble('observer.election.DelayMs', propertyInt({ min: 0, max: INT_MAX }), '200', 'wait before an election', {
      unit: 'ms',
    }),
    ensemble('observerMaster.sizeLimit', propertyInt({ min: 0 }), '33554432', 'packets kept for observers', {
      unit: 'bytes',
    }),
    ensemble('quorum.auth.enableSasl', bool, 'false', 'SASL between servers'),
    ensemble('quorum.auth.serverRequireSasl', bool, 'false', 'refuse servers without SASL'),
    ensemble('quorum.auth.learnerRequireSasl', bool, 'false', 'authenticate towards the leader'),
    ensemble('quorum.auth.learner.saslLoginContext', nonEmpty, 'QuorumLearner', 'section of the JAAS file'),
    ensemble('quorum.auth.server.saslLoginContext', nonEmpty, 'QuorumServer', 'section of the JAAS file'),
    ensemble('quorum.auth.kerberos.servicePrincipal', nonEmpty, 'zkquorum/localhost', 'Kerberos principal'),
    ensemble('quorum.cnxn.threads.size', int({ min: 0 }), '20', 'threads for SASL'),
  ],
}
