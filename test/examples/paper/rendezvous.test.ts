/** Master and workers that know one path: they find each other, replace each other, and end with the client. */
import t, { type Test } from 'tap'
import { Example, playsOnApache, saying } from './support/example.js'

t.setTimeout(300_000)

async function open(t: Test) {
  const example = await Example.open(t, 'rendezvous')
  const client = example.start('client', 'client')
  const path = await saying(client, /hands out the path (\S+)/)
  return {
    example,
    client,
    path,
    worker: (id: string, pauseMs: number) => example.start(id, 'worker', path, String(pauseMs)),
    master: (id: string, tasks: number) => example.start(id, 'master', path, String(tasks)),
  }
}

t.test('workers that were there first find the master, and all end when the client leaves', async t => {
  const { example, client, path, worker, master } = await open(t)
  const workers = [worker('a', 1), worker('b', 1)]
  await Promise.all(workers.map(part => part.until(/waits for a master/)))
  const one = master('master', 20)
  await one.until(/their sum is 2870\n/)
  const late = worker('late', 1)
  await late.until(/has met the master/)
  await client.end('SIGTERM')
  const codes = await Promise.all([...workers, one, late].map(part => part.exited.then(({ code }) => code)))
  t.strictSame(codes, [0, 0, 0, 0])
  t.equal(await example.client.exists(path), null)
  const tooLate = [master('too-late', 1), worker('too-late', 1)]
  t.strictSame(await Promise.all(tooLate.map(part => part.exited.then(({ code }) => code))), [0, 0])
})

t.test('a worker that dies, and a master that dies, are made up for', async t => {
  const { worker, master } = await open(t)
  const first = master('first', 10)
  const doomed = worker('doomed', 60_000)
  await doomed.until(/has met the master/)
  const steady = worker('steady', 100)
  await steady.until(/has finished task/)
  await doomed.end('SIGKILL')
  await first.until(/their sum is 385\n/)
  await first.end('SIGKILL')
  const second = master('second', 12)
  await steady.until(/has met the master/)
  await second.until(/their sum is 650\n/)
})

t.test('when the client is killed, all end with its session, and a killed server changes nothing about it', async t => {
  const { example, client, worker, master } = await open(t)
  const parts = [master('master', 3), worker('a', 10)]
  await parts[0].until(/their sum is 14\n/)
  await example.server.kill9()
  await example.server.restart()
  await example.client.whenConnected()
  await client.end('SIGKILL')
  t.strictSame(await Promise.all(parts.map(part => part.exited.then(({ code }) => code))), [0, 0])
})

playsOnApache('rendezvous', /their sum is 91/)
