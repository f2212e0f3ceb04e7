import t from 'tap'
import { figure, type Heading, markdownTable, renderReport, textTable } from './report.js'
import { type Column, summarize } from './results.js'
import type { Row } from './rows.js'

const read: Row = {
  id: 'read',
  group: 'steady',
  title: 'reads',
  unit: 'ops/s',
  better: 'higher',
  target: 3,
  cpuTarget: 0.25,
}
const memory: Row = { id: 'rss', group: 'bulk', title: 'memory', unit: 'MiB', better: 'lower', target: 0.4 }
const shown: Row = { ...memory, id: 'shown', target: null }

function column(values: number[], cpuMicros?: number, driverLoad?: number): Column {
  return { measurements: values.map(value => ({ value, cpuMicros, driverLoad })), failures: [] }
}

const heading: Heading = {
  machine: {
    processor: 'A Processor',
    processors: 2,
    memoryGiB: 16,
    system: 'Linux 6',
    node: 'v20.20.2',
    java: 'openjdk 17',
    zookeeper: '3.8.0',
    fileSystem: 'ext4',
    flushMs: 0.25,
    loadBefore: 0.1,
  },
  date: '2026-11-23',
  command: 'npm run bench -- --rounds 3',
  rounds: 3,
  ceiling: '',
}

t.test('summarize', async t => {
  t.test('compares medians, the last server to the first', async t => {
    const summary = summarize(read, [column([10, 30, 20], 8), column([90, 60, 70], 3)])
    t.equal(summary.ratio, 3.5)
    t.equal(summary.reached, true)
    t.equal(summary.cpuRatio, 0.375)
    t.equal(summary.cpuReached, false)
  })
  t.test('has no ratio for one server alone', async t => {
    const summary = summarize(read, [column([10])])
    t.ok(Number.isNaN(summary.ratio))
    t.equal(summary.reached, null)
  })
  t.test('voids a row of which one round failed', async t => {
    const failed = { ...column([90, 90]), failures: ['menagerie: err -101'] }
    const summary = summarize(read, [column([10]), failed])
    t.equal(summary.reached, null)
    t.ok(Number.isNaN(summary.columns[1].median))
    t.strictSame(summary.failures, ['menagerie: err -101'])
  })
  t.test('has no verdict where a row has no target', async t => {
    t.equal(summarize(shown, [column([10]), column([5])]).reached, null)
  })
})

t.test('figure keeps three digits and separates thousands', async t => {
  const cases: [number, string][] = [
    [123456.7, '123,457'],
    [99.96, '100'],
    [12.345, '12.3'],
    [0.012345, '0.0123'],
    [0, '0'],
    [Number.NaN, '-'],
  ]
  for (const [value, text] of cases) t.equal(figure(value), text)
})

t.test('renderReport', async t => {
  const summaries = [
    summarize(read, [column([20000], 40), column([70000], 9)]),
    summarize(memory, [column([800]), column([400])]),
  ]
  t.test('shows medians, ratio, target and whether it was reached, for throughput and processor time', async t => {
    const text = renderReport(heading, ['apache', 'menagerie'], summaries, false)
    t.match(text, /read +reads +ops\/s +20,000 +70,000 +3\.50x +>= 3x +yes +40 +9 +0\.23x +<= 0\.25x +yes\n/)
    t.match(text, /rss +memory +MiB +800 +400 +0\.50x +<= 0\.4x +NO +- +- +- +- +-\n/)
    t.match(text, /2 of 3 targets reached\.\n$/)
    t.match(text, 'A Processor, 2 processors, 16 GiB')
    t.match(text, 'npm run bench -- --rounds 3')
  })
  t.test('says which row failed and why, once', async t => {
    const failed = { ...column([1]), failures: ['err -101', 'err -101'] }
    const text = renderReport(heading, ['apache', 'menagerie'], [summarize(read, [column([1]), failed])], false)
    t.match(text, /FAILED/)
    t.equal(text.split('read failed: err -101').length, 2)
  })
  t.test('marks figures that the load generator limited', async t => {
    const limited = [summarize(read, [column([1], 1, 0.5), column([2], 1, 0.99)])]
    const text = renderReport(heading, ['apache', 'menagerie'], limited, false)
    t.match(text, / 1 +2\* /)
    t.match(text, '* The load generator used a whole processor')
  })
  t.test('warns when other programs took part of the machine', async t => {
    const crowded: Column = { measurements: [{ value: 1, otherLoad: 1.25 }], failures: [] }
    const text = renderReport(heading, ['apache', 'menagerie'], [summarize(read, [column([1]), crowded])], false)
    t.match(text, 'Other programs kept up to 1.25 processors busy: repeat this on an idle machine.')
    t.notMatch(renderReport(heading, ['apache', 'menagerie'], summaries, false), 'Other programs')
  })
  t.test('compares each of several servers with each, and parts with the usual ones', async t => {
    const write: Row = { ...read, id: 'write-64x16' }
    const names = ['apache', 'menagerie', 'menagerie-rocksdb']
    const text = renderReport(
      heading,
      names,
      [summarize(write, [column([100], 8), column([200], 4), column([180], 5)])],
      false,
    )
    t.match(text, /menagerie\/apache +menagerie-rocksdb\/apache +menagerie-rocksdb\/menagerie/)
    t.match(text, /write-64x16 +reads +ops\/s +100 +200 +180 +2\.00x +1\.80x +0\.90x +8 +4 +5\n/)
    t.match(text, 'write-64x16: menagerie-rocksdb is 0.90x of menagerie, target >= 1x: NO')
    t.notMatch(text, 'targets reached')
  })
  t.test('leaves ratios out for one server', async t => {
    const text = renderReport(heading, ['apache'], [summarize(read, [column([10, 11])])], false)
    t.notMatch(text, 'ratio')
    t.notMatch(text, 'targets reached')
  })
})

t.test('textTable lines columns up, text left and numbers right', async t => {
  const rows = [
    ['row', 'what', 'unit', 'n'],
    ['a', 'long title', 's', '10'],
  ]
  t.equal(textTable(rows), 'row  what        unit   n\n---  ----------  ----  --\na    long title  s     10')
})

t.test('markdownTable escapes what would end a cell', async t => {
  t.equal(markdownTable([['a'], ['x|y']]), '| a |\n|---|\n| x\\|y |')
})
