import { SeededRandom, SimulatedDisk } from '@menagerie/core/simulation'
import t from 'tap'
import { isUndecidable } from '../../dist/simulation/run/undecidable.js'

const NOTHING = new Uint8Array(0)
const VOTERS: ReadonlySet<number> = new Set([1, 2, 3])
/** Known to be committed. */
const COMMITTED = 10

function machine(id: number, { records = [], lost = [] }: { records?: number[]; lost?: number[] }) {
  const disk = new SimulatedDisk(new SeededRandom(id))
  for (const zxid of records) disk.records.push({ zxid, bytes: NOTHING })
  for (const zxid of lost) disk.lost.add(zxid)
  return { id, disk }
}

t.test('what a damaged log has lost and a voter to come alone has cannot be decided', t => {
  const machines = [machine(1, { records: [11], lost: [12] }), machine(2, { records: [11] })]
  t.ok(isUndecidable([...machines, machine(4, { records: [11, 12] })], VOTERS, COMMITTED))
  t.notOk(isUndecidable([...machines, machine(3, { records: [11, 12] })], VOTERS, COMMITTED), 'a voter has it')
  t.notOk(
    isUndecidable([...machines, machine(3, { records: [12] }), machine(4, { records: [12] })], VOTERS, COMMITTED),
    'a voter has it, too',
  )
  t.notOk(isUndecidable(machines, VOTERS, COMMITTED), 'nobody has it')
  t.end()
})

t.test('what is committed is with a quorum, and what is not damaged is no matter', t => {
  const joining = machine(4, { records: [9, 12] })
  t.notOk(isUndecidable([machine(1, { lost: [9] }), joining], VOTERS, COMMITTED))
  t.notOk(isUndecidable([machine(1, { records: [11] }), joining], VOTERS, COMMITTED))
  t.end()
})

t.test('a snapshot holds what comes before it', t => {
  const joining = machine(4, {})
  joining.disk.snapshots.set('snapshot.d', { zxid: 13, chunks: [], bytes: 0, damaged: false })
  t.ok(isUndecidable([machine(1, { lost: [12] }), joining], VOTERS, COMMITTED))
  t.end()
})
