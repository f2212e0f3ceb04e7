import { nodeHost } from '@menagerie/platform-node'
import t from 'tap'

t.test('the machine and the process are told as they are', async t => {
  const facts = nodeHost.facts()
  t.equal(facts.runtime, `Node.js ${process.version}`)
  t.equal(facts.workingDir, process.cwd())
  for (const name of ['hostName', 'osName', 'osArch', 'osVersion', 'temporaryDir', 'userHome'] as const)
    t.match(facts[name], /./, name)
})

t.test('the heap is free within its size, and its size within its limit', async t => {
  const { heapFreeBytes: free = -1, heapTotalBytes: total = -1, heapLimitBytes: limit = -1 } = nodeHost.facts()
  t.ok(free >= 0 && free <= total && total <= limit, `${free} of ${total}, limit ${limit}`)
})

t.test('file descriptors are counted where the system tells of them', async t => {
  const { openFileDescriptors: open, maxFileDescriptors: max } = nodeHost.facts()
  if (process.platform === 'linux') t.ok(open! > 0 && open! < max!, `${open} of ${max}`)
  else t.strictSame([open, max], [undefined, undefined])
})
