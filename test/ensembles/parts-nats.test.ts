/** Ensembles over NATS on each storage: every server is killed under load, nothing acknowledged is lost, all agree. */
import t from 'tap'
import { killEach } from './support/kill-each.js'
import { startNats } from './support/nats.js'

t.setTimeout(300_000)

const nats = await startNats()
t.teardown(() => nats.end())

for (const storage of ['file', 'rocksdb', 'memory'] as const) {
  t.test(`an ensemble on ${storage} over NATS keeps every write while each server is killed`, t =>
    killEach(t, storage, 'nats', nats.url),
  )
}
