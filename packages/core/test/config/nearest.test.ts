import t from 'tap'
import { editDistance, nearest } from '../../dist/config/nearest.js'

t.test('nearest', async t => {
  t.test('counts insertions, deletions, substitutions and swaps of neighbours', async t => {
    t.equal(editDistance('', 'abc'), 3)
    t.equal(editDistance('kitten', 'sitting'), 3)
    t.equal(editDistance('clientProt', 'clientPort'), 1)
    t.equal(editDistance('tickTime', 'tickTime'), 0)
  })
  t.test('finds what a misspelt word was meant to be', async t => {
    t.equal(nearest('tickTme', ['dataDir', 'tickTime', 'initLimit']), 'tickTime')
    t.equal(nearest('TICKTIME', ['dataDir', 'tickTime']), 'tickTime')
  })
  t.test('suggests nothing that is far away', async t => {
    t.equal(nearest('foo', ['dataDir', 'tickTime']), undefined)
    t.equal(nearest('x', ['ab', 'cd']), undefined)
  })
})
