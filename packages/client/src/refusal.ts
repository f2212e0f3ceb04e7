import { type KeeperError, keeperError } from './errors.js'
import { pathOf } from './operations/index.js'
import type { Request } from './request.js'

/** The error for a request that the server answered with this code. */
export function refusalOf(request: Request, code: number): KeeperError {
  const { operation } = request
  if (operation.failure !== undefined) return operation.failure(code, request)
  return keeperError(code, operation.name, pathOf(request))
}
