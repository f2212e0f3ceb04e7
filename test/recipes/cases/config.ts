import { type ConfigChange, ConfigStore, TwoPhaseCommit } from '@menagerie/recipes'
import { firstValueFrom, take, toArray } from 'rxjs'
import { z } from 'zod'
import { type Cases, until } from '../support/lab.js'

const schemas = {
  limits: z.object({ rps: z.number().int().positive() }).default({ rps: 10 }),
  name: z.string(),
  even: (value: unknown) => {
    if (typeof value !== 'number' || value % 2 !== 0) throw new Error('not even')
    return value
  },
  standard: {
    '~standard': {
      validate: (value: unknown) =>
        typeof value === 'boolean' ? { value } : { issues: [{ message: 'no boolean', path: ['a', { key: 'b' }] }] },
    },
  },
}
const bytes = (text: string) => new TextEncoder().encode(text)

export const configCases: Cases = on => {
  on('what is written and read is valid, or it is told why not', async (t, lab) => {
    const [one, two] = await lab.clients(2)
    const mine = new ConfigStore(one, '/config', schemas)
    const theirs = new ConfigStore(two, '/config', schemas)
    t.match(await mine.get('limits'), { value: { rps: 10 }, stored: false })
    await t.rejects(mine.get('name'), { code: 'RECIPE_DATA_INVALID', message: /\/config\/name is not valid/ })
    const before = await mine.get('limits')
    t.equal(await mine.set('limits', { rps: 5 }, before), true)
    t.equal(await theirs.set('limits', { rps: 6 }, before), false, 'it has changed since')
    const set: { rps: number } = (await theirs.get('limits')).value
    t.equal(set.rps, 5)
    t.same(await theirs.update('limits', ({ rps }) => ({ rps: rps * 2 })), { rps: 10 })
    await t.rejects(mine.set('limits', { rps: -1 }), { code: 'RECIPE_DATA_INVALID', message: /rps/ })
    t.match(await mine.get('limits'), { value: { rps: 10 }, stored: true })
    await mine.set('even', 4)
    await t.rejects(mine.set('even', 3), { message: /not even/ })
    await mine.set('standard', true)
    await t.rejects(mine.set('standard', 'x' as unknown as boolean), { message: /a\.b: no boolean/ })
    await one.setData('/config/even', bytes('{'))
    await t.rejects(mine.get('even'), { code: 'RECIPE_DATA_INVALID', message: /holds no JSON/ })
    await t.rejects(mine.get('none' as 'name'), { code: 'RECIPE_ARGUMENT', message: /limits, name, even/ })
    t.throws(() => new ConfigStore(one, '/config', { 'a/b': schemas.name }), { code: 'RECIPE_ARGUMENT' })
  })

  on('a stream goes on over what is not valid, with the newest valid value beside the problem', async (t, lab) => {
    const [one, two] = await lab.clients(2)
    const mine = new ConfigStore(one, '/config', schemas)
    const theirs = new ConfigStore(two, '/config', schemas)
    const changes: ConfigChange<{ rps: number }>[] = []
    let wake = () => {}
    const next = async (count: number) => {
      while (changes.length < count)
        await new Promise<void>(resolve => {
          wake = resolve
        })
    }
    theirs.changes$('limits').subscribe(change => {
      changes.push(change)
      wake()
    })
    await next(1)
    await mine.set('limits', { rps: 1 })
    await next(2)
    await one.setData('/config/limits', bytes('"x"'))
    await next(3)
    await mine.set('limits', { rps: 2 })
    await next(4)
    t.strictSame(
      changes.map(({ current, problem }) => [current?.value.rps, problem?.code]),
      [
        [10, undefined],
        [1, undefined],
        [1, 'RECIPE_DATA_INVALID'],
        [2, undefined],
      ],
    )
    const [problem] = await firstValueFrom(theirs.changes$('name').pipe(take(1), toArray()))
    t.match(problem, { current: undefined, problem: { code: 'RECIPE_DATA_INVALID' } })
  })
}

export const twoPhaseCases: Cases = on => {
  on('it is committed only if all sites vote so, and all learn the same', async (t, lab) => {
    const [coordinator, ...sites] = await lab.clients(3)
    for (const [round, votes] of [['commit', 'commit'] as const, ['commit', 'abort'] as const].entries()) {
      const path = `/tx/${round}`
      const transaction = new TwoPhaseCommit(coordinator, path)
      await transaction.propose(bytes('move'), ['a', 'b'])
      await transaction.propose(bytes('move'), ['b', 'a'])
      const deciding = transaction.decide()
      const learned = sites.map(async (client, index) => {
        const mine = new TwoPhaseCommit(client, path)
        t.strictSame(await mine.content(), bytes('move'))
        t.strictSame(await mine.sites(), ['a', 'b'])
        await mine.vote('ab'[index], votes[index])
        await mine.vote('ab'[index], votes[index])
        await t.rejects(mine.vote('ab'[index], votes[index] === 'commit' ? 'abort' : 'commit'), {
          code: 'RECIPE_ARGUMENT',
        })
        return await mine.decision()
      })
      const wanted = round === 0 ? 'commit' : 'abort'
      t.equal(await deciding, wanted)
      t.strictSame(await Promise.all(learned), [wanted, wanted])
      t.equal(await new TwoPhaseCommit(sites[0], path).decide({ signal: AbortSignal.abort() }), wanted)
      await transaction.remove()
      t.equal(await coordinator.exists(path), null)
    }
  })

  on(
    'a site that stays away does not hold it up for ever, and a second coordinator decides the same',
    async (t, lab) => {
      const [one, two, site] = await lab.clients(3)
      const mine = new TwoPhaseCommit(one, '/tx')
      await mine.propose(bytes('x'), ['a', 'b'])
      await t.rejects(mine.remove(), { code: 'RECIPE_ARGUMENT', message: /not decided/ })
      await new TwoPhaseCommit(site, '/tx').vote('a', 'commit')
      const waiting = new TwoPhaseCommit(two, '/tx').decide()
      waiting.catch(() => {})
      const decided = await mine.decide({ signal: AbortSignal.timeout(10) })
      t.equal(decided, 'abort')
      await new TwoPhaseCommit(site, '/tx').vote('b', 'commit')
      t.equal(await waiting, 'abort')
      t.equal(await new TwoPhaseCommit(site, '/tx').decision(), 'abort')
      await until(one, '/tx', names => names.includes('decision'))
      await t.rejects(mine.propose(bytes('y'), ['a', 'b']), { code: 'RECIPE_ARGUMENT', message: /another transaction/ })
      await t.rejects(mine.propose(bytes('y'), []), { code: 'RECIPE_ARGUMENT' })
      await t.rejects(mine.vote('c', 'commit'), { name: 'NoNodeError' })
      await t.rejects(mine.vote('a', 'maybe' as 'commit'), { code: 'RECIPE_ARGUMENT' })
    },
  )
}
