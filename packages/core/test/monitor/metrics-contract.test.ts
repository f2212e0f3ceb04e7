import { type Metrics, MetricsRegistry, type Summary } from '@menagerie/core'
import { metricsContract } from '@menagerie/core/contract'
import t from 'tap'

t.test('the registry keeps the contract', t => {
  metricsContract(
    (name, body) => {
      t.test(name, body)
    },
    () => new MetricsRegistry(),
  )
  t.end()
})

async function failures(create: () => Metrics): Promise<string[]> {
  const tests: Array<[string, () => Promise<void>]> = []
  metricsContract((name, body) => tests.push([name, body]), create)
  const failed: string[] = []
  for (const [name, body] of tests) await body().catch(() => failed.push(name))
  return failed
}

class KeepsCounters extends MetricsRegistry {
  override reset(): void {}
}

class ForgetsKeys extends MetricsRegistry {
  override counter(name: string) {
    return super.counter(name)
  }
}

class ReadsGaugesOnce extends MetricsRegistry {
  override gauge(name: string, read: () => number): void {
    const value = read()
    super.gauge(name, () => value)
  }
}

class DropsZeros extends MetricsRegistry {
  override summary(name: string, key?: string): Summary {
    const summary = super.summary(name, key)
    return { observe: value => value !== 0 && summary.observe(value) }
  }
}

for (const Mutant of [KeepsCounters, ForgetsKeys, ReadsGaugesOnce, DropsZeros]) {
  t.test(`the kit fails metrics that are broken: ${Mutant.name}`, async t => {
    const failed = await failures(() => new Mutant())
    t.ok(failed.length > 0, `failed: ${failed.join('; ') || 'nothing'}`)
  })
}
