/** The requests that a session makes by itself. */
import { type SetWatches2, Xid } from '@menagerie/core/jute'
import { AUTH, type Credential, SET_WATCHES, SET_WATCHES2 } from './operations/index.js'
import { type Operation, Request } from './request.js'

export function plainRequest(operation: Operation<void>, extra: unknown): Request {
  return new Request(operation, '', null, 0, extra, null, 0)
}

export function authRequest(credential: Credential): Request {
  const request = plainRequest(AUTH, credential)
  request.xid = Xid.auth
  return request
}

/** setWatches2 where only it will do: servers before 3.6 do not know it. */
export function setWatchesRequest(watches: SetWatches2): Request {
  const { persistentWatches, persistentRecursiveWatches } = watches
  const plain = persistentWatches?.length === 0 && persistentRecursiveWatches?.length === 0
  const request = plainRequest(plain ? SET_WATCHES : SET_WATCHES2, watches)
  request.xid = Xid.setWatches
  return request
}
