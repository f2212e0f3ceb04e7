// Rendezvous: master and workers meet at a znode whose path was handed out before the master existed.
import { show } from '../support/show.js'

await show(import.meta.dirname, async ({ start, say }) => {
  say('A client makes the meeting point.')
  const client = start('client', 'client')
  const [, path] = await client.says(/the path (\S+)/)

  say('Two workers are started with its path. Nobody knows yet where the master will be.')
  const workers = ['ann', 'ben'].map(name => start(name, 'worker', path, '200'))
  await Promise.all(workers.map(worker => worker.says(/waits/)))

  say('The master starts on a port of its own, and fills it in.')
  const master = start('master', 'master', path, '6')
  await Promise.all(workers.map(worker => worker.says(/has finished/)))

  say('The master is killed. Another one takes its place, and the workers find it.')
  await master.kill()
  const second = start('second', 'master', path, '6')
  await second.says(/their sum is 91/)

  say('The client leaves, and the meeting point with it. All the others see that, and end themselves.')
  await client.kill('SIGTERM')
  await Promise.all([...workers, second].map(part => part.ended))
})
