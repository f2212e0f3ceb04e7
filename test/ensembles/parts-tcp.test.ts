/** Ensembles over TCP on each storage: every server is killed under load, nothing acknowledged is lost, all agree. */
import t from 'tap'
import { killEach } from './support/kill-each.js'

t.setTimeout(300_000)

for (const storage of ['file', 'rocksdb', 'memory'] as const) {
  t.test(`an ensemble on ${storage} over TCP keeps every write while each server is killed`, t =>
    killEach(t, storage, 'tcp'),
  )
}
