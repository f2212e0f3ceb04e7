"""Two kazoo clients with certificates: argv has the address, who is trusted, and certificate and key of each."""
import sys

from kazoo.client import KazooClient
from kazoo.exceptions import NoAuthError
from kazoo.security import make_acl

ADDRESS, CA = sys.argv[1:3]


def client(certificate, key):
    zk = KazooClient(hosts=ADDRESS, use_ssl=True, ca=CA, certfile=certificate, keyfile=key, verify_certs=True)
    zk.start(timeout=20)
    return zk


alice, bob = client(*sys.argv[3:5]), client(*sys.argv[5:7])
assert alice.create('/kazoo', b'one') == '/kazoo'
assert bob.set('/kazoo', b'x' * 500000).version == 1
assert alice.get('/kazoo')[0] == b'x' * 500000
alice.create('/hers', b'secret', acl=[make_acl('x509', 'CN=alice,O=Menagerie', all=True)])
assert alice.get('/hers')[0] == b'secret'
try:
    bob.get('/hers')
    raise AssertionError('bob can read what is hers')
except NoAuthError:
    pass
alice.stop()
bob.stop()
print('all is well')
