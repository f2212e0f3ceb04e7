import t from 'tap'
import { silentLogger } from '../../dist/index.js'
import { QuotaWarnings } from '../../dist/requests/quota-warnings.js'

function recorded() {
  const lines: string[] = []
  const warnings = new QuotaWarnings({
    ...silentLogger,
    warn: ({ path, unsaid }) => lines.push(`${path} after ${unsaid}`),
  })
  const pass = (path: string, nowMs: number) =>
    warnings.passed({ path, limit: 'count', allowed: 1, found: 2, refused: false }, nowMs)
  return { lines, pass }
}

t.test('a clock that was set back silences nothing', async t => {
  const { lines, pass } = recorded()
  pass('/a', 50_000)
  pass('/a', 40_000)
  pass('/a', 41_000)
  t.strictSame(lines, ['/a after 0', '/a after 0'])
})

t.test('no more than a thousand limits are remembered, and each is warned of all the same', async t => {
  const { lines, pass } = recorded()
  for (let n = 0; n <= 1000; n++) pass(`/${n}`, 0)
  t.equal(lines.length, 1001)
  pass('/1000', 1)
  t.equal(lines.length, 1001, 'it is remembered')
  pass('/0', 1)
  t.equal(lines.length, 1002, 'it was forgotten for the others')
})
