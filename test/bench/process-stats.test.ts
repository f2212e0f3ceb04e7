import t from 'tap'
import { cpuSeconds, parseBusyTicks, parseCpuTicks, parseResidentKiB, residentMiB } from './process-stats.js'

t.test('parseCpuTicks adds user and system time, whatever the command is called', async t => {
  const fields = 'S 1 2 3 4 5 6 7 8 9 10 120 34 7 8 20 0 11 0'
  t.equal(parseCpuTicks(`77 (java) ${fields}`), 154)
  t.equal(parseCpuTicks(`77 (a) b (c) ${fields}\n`), 154)
  t.throws(() => parseCpuTicks('77 (java) S 1'), { message: /no processor time/ })
})

t.test('parseResidentKiB finds VmRSS, and says so where a process has none left', async t => {
  t.equal(parseResidentKiB('Name:\tjava\nVmHWM:\t  999 kB\nVmRSS:\t  123456 kB\nThreads:\t3\n'), 123456)
  t.throws(() => parseResidentKiB('Name:\tjava\nState:\tZ (zombie)\n'), { message: /the process has ended/ })
})

t.test('parseBusyTicks leaves idling, waiting and stolen time out', async t => {
  t.equal(parseBusyTicks('cpu  100 20 30 4000 500 6 7 800 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n'), 163)
  t.throws(() => parseBusyTicks('intr 5'), { message: /no processor time/ })
})

t.test('both read this very process', { skip: process.platform !== 'linux' && 'reads /proc' }, async t => {
  t.ok(cpuSeconds(process.pid) > 0)
  t.ok(residentMiB(process.pid) > 1)
})
