import { createServer } from 'node:net'

/**
 * A port of 127.0.0.1 that was free a moment ago. Apache takes no port 0, so somebody else may win it
 * in between: then the server does not start, and the test fails with its output rather than retrying.
 */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))))
    })
  })
}
