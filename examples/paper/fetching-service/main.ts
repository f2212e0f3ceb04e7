/** The fetching service: a master dies, a fetcher dies, and every page comes once. `npm run example -- fetching-service` */
import { LeaderElection } from '@menagerie/recipes'
import { show } from '../support/show.js'
import { configuration, paths } from './layout.js'
import { openSite } from './site.js'

const PAGES = 120

await show(import.meta.dirname, async ({ client, servers, start, say }) => {
  await using site = await openSite()
  const config = configuration(client)

  say('Two masters stand for election, three fetchers register.')
  const masters = new Map(['master-1', 'master-2'].map(name => [name, start(name, 'master')]))
  const fetchers = ['fetcher-1', 'fetcher-2', 'fetcher-3'].map(name => start(name, 'fetcher'))
  await Promise.all([...masters.values()].map(master => master.says(/stands by/)))
  await Promise.all(fetchers.map(fetcher => fetcher.says(/is ready/)))

  say(`A client wants ${PAGES} pages of ${site.url}. It knows ${servers} and no master.`)
  const customer = start('client', 'client', site.url, String(PAGES))
  await customer.says(/has \d+ of/)

  say('The operator changes the configuration; nobody is restarted.')
  await config.update('crawl', crawl => ({ ...crawl, userAgent: 'menagerie/2', pauseMs: 80 }))
  await fetchers[0].says(/calls itself menagerie\/2/)

  const election = new LeaderElection(client, paths.masters, { id: 'narrator' })
  const leader = (await election.leader())!.id
  say(`The master, ${leader}, is killed. Fetchers finish what they have been given.`)
  await masters.get(leader)!.kill()
  masters.delete(leader)
  const [[successor, standby]] = masters
  await standby.says(/leads/)

  say(`${successor} goes on from what the znodes say. Now fetcher-1 is killed at its work.`)
  await fetchers[0].kill()
  await Promise.race([standby.says(/takes from the dead/), customer.ended])

  await customer.ended
  const visits = [...site.visits.values()].reduce((a, b) => a + b)
  say(
    `All ${PAGES} pages were handed in once. The site counts ${visits} visits: what a fetcher dies over is fetched again.`,
  )
})
