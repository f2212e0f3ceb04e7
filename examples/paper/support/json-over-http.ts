/** Requests and answers between the parts of an example that do not go through ZooKeeper. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** Whoever does not answer by then is taken for dead. */
const PATIENCE_MS = 10_000

/** The other side has answered, and said no. */
export class Refused extends Error {}

/** A JSON endpoint on a free port of the loopback. */
export interface Endpoint extends AsyncDisposable {
  readonly url: string
}

/**
 * Answers each POST of a JSON value with what `answer` makes of it.
 * @param answer by throwing {@link Refused} it says no, and why
 */
export async function answerJson<Q>(answer: (question: Q) => unknown): Promise<Endpoint> {
  const server = createServer(async (request, response) => {
    // A connection for each question: over an idle one, which is closed after a while, a process that has stood still
    // would ask in vain.
    const end = (status: number, body: unknown) =>
      response.writeHead(status, { connection: 'close' }).end(JSON.stringify(body))
    try {
      end(200, (await answer(JSON.parse(await text(request)) as Q)) ?? null)
    } catch (error) {
      end(error instanceof Refused ? 409 : 500, error instanceof Error ? error.message : String(error))
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: () => closed(server) }
}

/** Asks. @throws Refused, with the reason; the signal's reason; an Error if there is no answer */
export async function askJson<A>(url: string, question: unknown, signal?: AbortSignal): Promise<A> {
  const patience = AbortSignal.timeout(PATIENCE_MS)
  const ends = signal === undefined ? patience : AbortSignal.any([patience, signal])
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(question), signal: ends })
  const answer = await response.json()
  if (response.status === 409) throw new Refused(String(answer))
  if (!response.ok) throw new Error(`${url} answers ${response.status}: ${answer}`)
  return answer as A
}

function closed(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
