import { type QuorumSaslOptions, quorumSasl } from '@menagerie/core'

/** The digest-uri between servers, as Apache has it built in. */
export const QUORUM_PROTOCOL = 'zookeeper-quorum'
export const QUORUM_SERVER_NAME = 'zk-quorum-sasl-md5'

export const saslPeersOptions = quorumSasl

export type SaslPeersOptions = QuorumSaslOptions
