"""kazoo clients with and without SASL DIGEST-MD5 on the server at argv[1], whose users are bob and eve."""
import sys

from kazoo.client import KazooClient
from kazoo.exceptions import AuthFailedError, NoAuthError
from kazoo.handlers.threading import KazooTimeoutError
from kazoo.security import make_acl


def client(name=None, password=None):
    options = {'mechanism': 'DIGEST-MD5', 'username': name, 'password': password or name + '-secret'} if name else None
    zk = KazooClient(hosts=sys.argv[1], sasl_options=options)
    zk.start(timeout=20)
    return zk


def refused(error, call, *args):
    try:
        call(*args)
    except error:
        return
    raise AssertionError('%s was not refused with %s' % (call, error))


bob, eve, anybody = client('bob'), client('eve'), client()
bob.create('/bobs', b'secret', acl=[make_acl('sasl', 'bob', all=True)])
assert bob.get('/bobs')[0] == b'secret'
refused(NoAuthError, eve.get, '/bobs')
refused(NoAuthError, anybody.get, '/bobs')
# kazoo's start returns once there is a session. It waits in vain where the server's refusal comes before it has looked.
refused((AuthFailedError, KazooTimeoutError), lambda: client('bob', 'wrong').get('/bobs'))
for zk in (bob, eve, anybody):
    zk.stop()
print('all is well')
