import t from 'tap'
import { fileSystemOf } from './machine.js'

const mounts = [
  '/dev/vda / ext4 rw 0 0',
  'tmpfs /tmp tmpfs rw 0 0',
  '/dev/vdb /tmp/my\\040disk xfs rw 0 0',
  '/dev/vdc /tmp/my\\040disk btrfs rw 0 0',
].join('\n')

t.test('fileSystemOf takes the innermost mount, the last of those on one point', async t => {
  t.equal(fileSystemOf('/home/me', mounts), 'ext4')
  t.equal(fileSystemOf('/tmp', mounts), 'tmpfs')
  t.equal(fileSystemOf('/tmp/other', mounts), 'tmpfs')
  t.equal(fileSystemOf('/tmp/my disk/bench', mounts), 'btrfs')
})

t.test('fileSystemOf does not take a name for a folder because it begins alike', async t => {
  t.equal(fileSystemOf('/tmpfiles', mounts), 'ext4')
})

t.test('fileSystemOf says unknown where nothing is mounted', async t => {
  t.equal(fileSystemOf('/home', ''), 'unknown')
})
