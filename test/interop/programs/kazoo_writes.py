"""Creates znodes below argv[2] on the servers of argv[1] until its input ends, with one session and an ephemeral znode.

Prints `ready`, then a dot for each acknowledged write, and at the end the names that were acknowledged, after `=`, or
what went wrong.
"""
import sys
import threading
import time

from kazoo.client import KazooClient, KazooState
from kazoo.exceptions import ConnectionLoss, NodeExistsError, OperationTimeoutError, SessionExpiredError

hosts, path = sys.argv[1:3]
ended = threading.Event()
lost = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()

zk = KazooClient(hosts=hosts, timeout=30, randomize_hosts=False)
zk.add_listener(lambda state: lost.set() if state == KazooState.LOST else None)
zk.start(timeout=60)
session = zk.client_id[0]
zk.ensure_path(path)
zk.create(path + '/alive', b'', ephemeral=True)
print('ready', flush=True)
acknowledged = []
number = 0
while not ended.is_set() and not lost.is_set():
    name = 'k%d' % number
    number += 1
    try:
        zk.create(path + '/' + name, b'x' * 50)
        acknowledged.append(name)
        print('.', end='', flush=True)
    except (ConnectionLoss, OperationTimeoutError, SessionExpiredError):
        time.sleep(0.05)
    except NodeExistsError:
        pass
if lost.is_set():
    print('\nthe session was lost')
    sys.exit(1)
for attempt in range(100):
    try:
        stat = zk.exists(path + '/alive')
        break
    except (ConnectionLoss, OperationTimeoutError):
        time.sleep(0.1)
if stat is None or stat.owner_session_id != session or zk.client_id[0] != session:
    print('\nthe ephemeral znode belongs to another session')
    sys.exit(1)
print('\n=' + ' '.join(acknowledged), flush=True)
zk.stop()
