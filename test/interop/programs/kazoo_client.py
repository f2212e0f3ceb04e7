"""Uses kazoo and its recipes on the server at argv[1]. Exits with 1 at the first surprise."""
import sys
import threading

from kazoo.client import KazooClient
from kazoo.exceptions import BadVersionError, NoAuthError, NodeExistsError, NoNodeError, NotEmptyError, RolledBackError
from kazoo.protocol.states import EventType
from kazoo.recipe.watchers import ChildrenWatch, DataWatch
from kazoo.security import make_digest_acl

ADDRESS = sys.argv[1]
WAIT = 20


def client(**options):
    zk = KazooClient(hosts=ADDRESS, **options)
    zk.start(timeout=WAIT)
    return zk


def refused(error, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except error:
        return
    raise AssertionError('%s was not refused with %s' % (call, error))


def operations(one, two):
    assert one.create('/ops', b'data') == '/ops'
    data, stat = two.get('/ops')
    assert (data, stat.version, stat.data_length) == (b'data', 0, 4)
    refused(NodeExistsError, one.create, '/ops')
    refused(NoNodeError, one.get, '/none')
    refused(BadVersionError, one.set, '/ops', b'x', version=7)
    assert one.set('/ops', b'y', version=0).version == 1
    one.create('/ops/deep/er/still', b'', makepath=True)
    refused(NotEmptyError, one.delete, '/ops/deep')
    path, stat = one.create('/ops/e-', b'', ephemeral=True, sequence=True, include_data=True)
    assert path.startswith('/ops/e-00000') and stat.owner_session_id == one.client_id[0]
    names, stat = two.get_children('/ops', include_data=True)
    assert sorted(names) == sorted(['deep', path.rsplit('/', 1)[1]]) and stat.children_count == 2
    assert one.exists('/none') is None
    assert one.sync('/ops') == '/ops'
    one.ensure_path('/ops/a/b/c')
    one.delete('/ops', recursive=True)
    assert b'imok' in one.command(b'ruok').encode()
    assert one.server_version() >= (3, 8, 0)


def transactions(one):
    transaction = one.transaction()
    transaction.create('/tx', b'a')
    transaction.set_data('/tx', b'b')
    transaction.check('/tx', 1)
    transaction.delete('/tx', 1)
    results = transaction.commit()
    assert results[0] == '/tx' and results[1].version == 1 and results[2:] == [True, True], results
    transaction = one.transaction()
    transaction.create('/tx', b'a')
    transaction.delete('/none')
    results = transaction.commit()
    assert isinstance(results[0], RolledBackError) and isinstance(results[1], NoNodeError), results
    assert one.exists('/tx') is None


def watchers(one, two):
    seen = threading.Event()
    values = []
    one.create('/watched', b'0')

    @DataWatch(one, '/watched')
    def on_data(data, stat):
        values.append(data)
        if data == b'2':
            seen.set()

    two.set('/watched', b'1')
    two.set('/watched', b'2')
    assert seen.wait(WAIT), values
    children = threading.Event()

    @ChildrenWatch(one, '/watched')
    def on_children(names):
        if sorted(names) == ['a', 'b']:
            children.set()

    two.create('/watched/a')
    two.create('/watched/b')
    assert children.wait(WAIT)
    fired = []
    gone = threading.Event()

    def on_event(event):
        fired.append(event)
        gone.set()

    one.get('/watched/a', watch=on_event)
    two.delete('/watched/a')
    assert gone.wait(WAIT) and fired[0].type == EventType.DELETED and fired[0].path == '/watched/a'


def acls(one):
    owner = client(auth_data=[('digest', 'user:password')])
    owner.create('/acl', b'secret', acl=[make_digest_acl('user', 'password', all=True)])
    refused(NoAuthError, one.get, '/acl')
    one.add_auth('digest', 'user:password')
    assert one.get('/acl')[0] == b'secret'
    acl, stat = owner.get_acls('/acl')
    assert acl[0].id.scheme == 'digest' and acl[0].perms == 31
    owner.set_acls('/acl', [make_digest_acl('user', 'password', read=True)])
    refused(NoAuthError, owner.set, '/acl', b'x')
    owner.stop()


def locks(one, two):
    mine, theirs = one.Lock('/lock', 'one'), two.Lock('/lock', 'two')
    assert mine.acquire(timeout=WAIT)
    assert not theirs.acquire(blocking=False)
    assert sorted(theirs.contenders()) == ['one']
    taken = threading.Event()

    def wait():
        with theirs:
            taken.set()

    thread = threading.Thread(target=wait)
    thread.start()
    mine.release()
    assert taken.wait(WAIT)
    thread.join()
    readers = [one.ReadLock('/rw', 'r1'), two.ReadLock('/rw', 'r2')]
    for reader in readers:
        assert reader.acquire(timeout=WAIT)
    assert not two.WriteLock('/rw', 'w').acquire(blocking=False)
    for reader in readers:
        reader.release()
    semaphores = [zk.Semaphore('/semaphore', max_leases=1) for zk in (one, two)]
    assert semaphores[0].acquire(timeout=WAIT)
    assert not semaphores[1].acquire(blocking=False)
    semaphores[0].release()


def elections(one, two):
    led = []
    both = threading.Event()

    def lead(name):
        led.append(name)
        if len(led) == 2:
            both.set()

    threads = []
    for name, zk in (('one', one), ('two', two)):
        thread = threading.Thread(target=zk.Election('/election', name).run, args=(lead, name))
        thread.start()
        threads.append(thread)
    assert both.wait(WAIT)
    for thread in threads:
        thread.join()
    assert sorted(led) == ['one', 'two']


def others(one, two):
    queue = one.Queue('/queue')
    for i in range(5):
        queue.put(b'%d' % i, priority=100 - i)
    assert [two.Queue('/queue').get() for _ in range(5)] == [b'4', b'3', b'2', b'1', b'0']
    locking = one.LockingQueue('/locking')
    locking.put(b'item')
    reader = two.LockingQueue('/locking')
    assert reader.get(timeout=WAIT) == b'item'
    assert reader.consume()
    counter = one.Counter('/counter')
    counter += 5
    other = two.Counter('/counter')
    other -= 2
    assert counter.value == 3
    barrier = one.Barrier('/barrier')
    barrier.create()
    assert not two.Barrier('/barrier').wait(0.2)
    barrier.remove()
    assert two.Barrier('/barrier').wait(WAIT)
    party = one.Party('/party', 'one')
    party.join()
    assert list(two.Party('/party', 'two')) == ['one']
    party.leave()


def sessions(one):
    dying = client()
    dying.create('/mine', ephemeral=True)
    gone = threading.Event()
    assert one.exists('/mine', watch=lambda event: gone.set())
    dying.stop()
    assert gone.wait(WAIT)
    assert one.exists('/mine') is None


def main():
    one, two = client(), client()
    operations(one, two)
    transactions(one)
    watchers(one, two)
    acls(one)
    locks(one, two)
    elections(one, two)
    others(one, two)
    sessions(one)
    one.stop()
    two.stop()
    print('all is well')


main()
