import type { Actor } from '../../support/actor.js'
import { op } from '../../support/requests.js'
import { extended, plain } from '../define.js'
import type { Stage } from '../scenario.js'

async function limit(s: Stage, path: string, text: string | null, stats = 'count=0,bytes=0'): Promise<Actor> {
  const a = await s.client('a')
  await a.create(path, { data: 'data' })
  const base = '/zookeeper/quota'
  let at = base
  for (const segment of path.slice(1).split('/')) {
    at = `${at}/${segment}`
    await a.create(at)
  }
  await a.create(`${at}/zookeeper_limits`, { data: text })
  await a.create(`${at}/zookeeper_stats`, { data: stats })
  return a
}

async function lift(a: Actor, path: string): Promise<void> {
  await a.delete(`/zookeeper/quota${path}/zookeeper_limits`)
  await a.delete(`/zookeeper/quota${path}/zookeeper_stats`)
  let at = path
  while (at !== '') {
    await a.delete(`/zookeeper/quota${at}`)
    at = at.slice(0, at.lastIndexOf('/'))
  }
}

async function work(a: Actor, path: string): Promise<void> {
  const stats = `/zookeeper/quota${path}/zookeeper_stats`
  await a.getData(stats)
  await a.create(`${path}/a`, { data: '12345' })
  await a.getData(stats)
  await a.create(`${path}/b`, { data: '12345' })
  await a.create(`${path}/a/c`, { data: '12345' })
  await a.getData(stats)
  await a.setData(`${path}/a`, '1234567890')
  await a.setData(path, '1')
  await a.getData(stats)
  await a.setData(`${path}/a`, null)
  await a.multi(op.create(`${path}/m1`, { data: '123' }), op.create(`${path}/m2`, { data: '123' }))
  await a.getData(stats)
  await a.delete(`${path}/a/c`)
  await a.delete(`${path}/b`)
  await a.getData(stats)
  await a.create(`${path}/e`, { data: '12345', flags: 1 })
  await a.create(`${path}/q-`, { data: '12345', flags: 2 })
  await a.createContainer(`${path}/k`)
  await a.getData(stats)
  await a.delete(`${path}/a`)
  await a.getData(stats)
  await a.getData(`/zookeeper/quota${path}/zookeeper_limits`)
}

for (const text of [
  'count=3,bytes=-1',
  'count=-1,bytes=12',
  'count=-1,bytes=-1,countHardLimit=3',
  'count=-1,bytes=-1,byteHardLimit=12',
  'count=2,bytes=10;byteHardLimit=20;countHardLimit=4',
  'count=0,bytes=0,countHardLimit=0,byteHardLimit=0',
  'count=100,bytes=100000',
  '',
]) {
  for (const define of [plain, extended]) {
    define(`a quota of "${text}" ${define === extended ? 'that is enforced' : 'that is told only'}`, async s => {
      const a = await limit(s, '/t/q', text)
      await work(a, '/t/q')
      await lift(a, '/t/q')
      await a.create('/t/q/free', { data: '12345678901234567890' })
    })
  }
}
plain('quota nodes are made with the count of what is there', async s => {
  const a = await s.client('a')
  for (const path of ['/t/q', '/t/q/a', '/t/q/a/b']) await a.create(path, { data: '12345' })
  await a.create('/zookeeper/quota/t')
  await a.create('/zookeeper/quota/t/q')
  await a.create('/zookeeper/quota/t/q/zookeeper_limits', { data: 'count=5,bytes=-1' })
  await a.create('/zookeeper/quota/t/q/zookeeper_stats', { data: 'count=0,bytes=0' })
  await a.getData('/zookeeper/quota/t/q/zookeeper_stats')
  await a.create('/t/q/c', { data: '1' })
  await a.getData('/zookeeper/quota/t/q/zookeeper_stats')
  await a.setData('/zookeeper/quota/t/q/zookeeper_limits', 'count=1,bytes=1')
  await a.create('/t/q/d', { data: '1' })
  await a.getData('/zookeeper/quota/t/q/zookeeper_stats')
  await lift(a, '/t/q')
})
