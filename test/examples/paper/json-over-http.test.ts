/** How parts of the examples ask one another. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'

/** This file runs from test/dist/examples/paper; the examples are a project of their own. */
const module = new URL('../../../../examples/paper/dist/support/json-over-http.js', import.meta.url).href
const {
  answerJson,
  askJson,
  Refused,
}: {
  answerJson(answer: (question: string) => unknown): Promise<{ readonly url: string } & AsyncDisposable>
  askJson(url: string, question: unknown, signal?: AbortSignal): Promise<unknown>
  Refused: new (reason: string) => Error
} = await import(module)

t.test('an answer, a refusal and a failure are told apart', async t => {
  await using endpoint = await answerJson((question: string) => {
    if (question === 'no') throw new Refused('it may not')
    if (question === 'oops') throw new Error('it broke')
    return { heard: question }
  })
  t.strictSame(await askJson(endpoint.url, 'yes'), { heard: 'yes' })
  await t.rejects(askJson(endpoint.url, 'no'), new Refused('it may not'))
  await t.rejects(askJson(endpoint.url, 'oops'), { message: `${endpoint.url} answers 500: it broke` })
  await t.rejects(askJson(endpoint.url, 'late', AbortSignal.abort(new Error('enough'))), { message: 'enough' })
})

t.test('each question has a connection of its own, so that none goes over one that was closed meanwhile', async t => {
  await using endpoint = await answerJson(() => 1)
  const { headers } = await fetch(endpoint.url, { method: 'POST', body: '1' })
  t.equal(headers.get('connection'), 'close')
})

t.test('where nobody answers, it is said', async t => {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  await t.rejects(askJson(`http://127.0.0.1:${port}`, 1), { message: 'fetch failed' })
})
