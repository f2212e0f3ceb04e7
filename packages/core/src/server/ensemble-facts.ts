import type { EnsembleFacts, LeaderFacts } from '../monitor/index.js'
import type { Leader } from '../zab/leader/leader.js'
import type { QuorumPeer } from '../zab/peer/quorum-peer.js'
import { formatConfig } from '../zab/quorum/index.js'

/** What four-letter words tell of a member of an ensemble. */
export function ensembleFacts(peer: QuorumPeer): EnsembleFacts {
  const { self, verifier, initLimit, syncLimit } = peer
  const address = verifier.servers.get(self)?.addresses[0]
  return {
    initLimit,
    syncLimit,
    electionPort: address?.electionPort ?? -1,
    quorumPort: address?.quorumPort ?? -1,
    isObserver: verifier.observers.has(self),
    membership: formatConfig(verifier),
    quorumSize: verifier.voters.size,
    peerState: peer.role === 'looking' ? 'looking' : `${peer.role} - broadcast`,
    syncedObservers: peer.role === 'following' ? (peer.syncedObservers ?? 0) : undefined,
    leader: peer.leading?.isEstablished ? leaderFacts(peer.leading, peer) : undefined,
  }
}

function leaderFacts(leader: Leader, { verifier }: QuorumPeer): LeaderFacts {
  const learners = [...leader.learners]
  const synced = learners.filter(({ phase }) => phase === 'active')
  const followers = synced.filter(({ kind }) => kind === 'follower')
  const voting = followers.filter(({ id }) => verifier.voters.has(id))
  return {
    uptimeMs: leader.servingMs,
    learners: learners.length,
    syncedFollowers: followers.length,
    syncedNonVotingFollowers: followers.length - voting.length,
    syncedObservers: synced.length - followers.length,
    pendingSyncs: leader.pendingSyncs,
    proposalBytes: leader.proposalBytes,
  }
}
