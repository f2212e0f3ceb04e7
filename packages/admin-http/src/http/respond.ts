import type { ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'

/** Sends a whole body with its length; to HEAD only the headers go out. */
export function respond(
  response: ServerResponse,
  status: number,
  type: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body), ...headers })
  response.end(body)
}

/** Sends bytes as they come, at the client's pace. Rejects when either end breaks off; the connection is closed then. */
export async function respondWithStream(
  response: ServerResponse,
  headers: Readonly<Record<string, string>>,
  body: AsyncIterable<Uint8Array>,
): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/octet-stream', ...headers })
  await pipeline(body, response)
}

/** The two methods that only ask. */
export const reads = (method: string | undefined): boolean => method === 'GET' || method === 'HEAD'
