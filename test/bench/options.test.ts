import t from 'tap'
import { parseOptions, UsageError } from './options.js'
import { allRows, ENSEMBLE_LOADS, ensembleRows, LOADS, selectRows } from './rows.js'

t.test('without options: both servers, Apache as the baseline, three rounds, a million znodes', async t => {
  t.match(parseOptions([]), {
    servers: ['apache', 'menagerie'],
    rounds: 3,
    seconds: 5,
    warmupSeconds: 3,
    size: 1_000_000,
    heapMiB: 1000,
    json: null,
    pin: null,
  })
})

t.test('--quick shortens everything, and gives way to what is said besides', async t => {
  t.match(parseOptions(['--quick']), { rounds: 1, seconds: 1.5, size: 50_000 })
  t.match(parseOptions(['--rounds', '2', '--quick', '--size=2000']), { rounds: 2, seconds: 1.5, size: 2000 })
})

t.test('--rows takes several words', async t => {
  const { rows } = parseOptions(['--rows', 'read-64, bulk'])
  t.strictSame(
    selectRows(allRows(10), rows).map(row => row.id),
    ['read-64x16', 'bulk-load', 'bulk-rss'],
  )
})

t.test('every wrong option is answered with a sentence', async t => {
  const wrong: [string[], RegExp][] = [
    [['--fast'], /^There is no option --fast\. --help lists them all\.$/],
    [['-x'], /^There is no option -x\./],
    [['read'], /^"read" stands alone: options start with --\.$/],
    [['--rounds'], /^--rounds needs a value\.$/],
    [['--rounds', '--quick'], /^--rounds needs a value\.$/],
    [['--json='], /^--json needs a value\.$/],
    [['--quick=yes'], /^--quick takes no value, but got "yes"\.$/],
    [['--rounds', '0'], /^--rounds is "0", expected a whole number from 1 to 100\.$/],
    [['--rounds', '2.5'], /^--rounds is "2\.5"/],
    [['--rounds', '1', '--rounds', '2'], /^--rounds is given twice\.$/],
    [['--size', '1e6'], /^--size is "1e6"/],
    [['--seconds', 'five'], /^--seconds is "five", expected a number of seconds from 0\.1 to 600\.$/],
    [
      ['--server', 'etcd'],
      /^--server is "etcd", expected one of both, menagerie, apache, fake, noise, storages, transports\.$/,
    ],
    [['--server', 'transports'], /^--server transports needs --ensemble\.$/],
    [['--server', 'fake', '--ensemble'], /^--server fake is a single server/],
    [['--ensemble', '--rows', 'bulk'], /^No row's id contains "bulk"/],
    [['--server', 'toString'], /^--server is "toString"/],
    [['--rows', 'fly'], /^No row's id contains "fly"\. --list shows the ids\.$/],
    [['--rows', 'read,'], /^--rows holds an empty word\.$/],
    [['--pin', '1'], /^--pin is "1", expected processors/],
    [['--pin', '4096:0'], /^--pin names processor 4096/],
  ]
  for (const [args, message] of wrong) {
    try {
      parseOptions(args)
      t.fail(`${args.join(' ')} was accepted`)
    } catch (error) {
      t.ok(error instanceof UsageError, args.join(' '))
      t.match((error as Error).message, message)
    }
  }
})

t.test('rows', async t => {
  t.test('have ids of their own', async t => {
    const ids = [...allRows(1000), ...ensembleRows(1000)].map(row => row.id)
    t.equal(new Set(ids).size, ids.length)
  })
  t.test('of reads and writes each have a load, and each load a row', async t => {
    const ids = allRows(1000).map(row => row.id)
    const loads = ids.filter(id => /^(read|write|mixed)-/.test(id))
    t.strictSame(loads, Object.keys(LOADS))
    const ofEnsembles = ensembleRows(1000).map(row => row.id)
    for (const id of Object.keys(ENSEMBLE_LOADS)) t.ok(ofEnsembles.includes(id), id)
  })
})
