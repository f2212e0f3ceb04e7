import { type Grant, type Lockable, MultiLock } from '@menagerie/recipes'
import t from 'tap'

/** A lock whose grants no signal has told yet that they are lost, as right after a process has stood still. */
class UntoldLock implements Lockable {
  lost = false

  constructor(readonly path: string) {}

  acquire(): Promise<Grant> {
    const lock = this
    const grant = {
      path: this.path,
      signal: new AbortController().signal,
      get held() {
        return !lock.lost
      },
    }
    return Promise.resolve(grant as unknown as Grant)
  }
}

t.test('a multi-lock is held only while each of its grants says so', async t => {
  const locks = [new UntoldLock('/a'), new UntoldLock('/b')]
  const grant = await new MultiLock(locks).acquire()
  t.ok(grant.held)
  locks[1].lost = true
  t.notOk(grant.held)
  t.notOk(grant.signal.aborted)
})
