"""Takes part in kazoo's recipes as it is told on its standard input: one command a line, its words separated by blanks.

Says `done COMMAND` after each, with results before it, and `failed` with the reason if something goes wrong.
"""
import os
import sys
import threading
import time
import traceback

import kazoo
from kazoo.client import KazooClient
from kazoo.recipe.lock import ReadLock

ADDRESS = sys.argv[1]
# What the log calls this process; with it, contenders go on after failures, as where servers are broken on purpose.
LABEL = sys.argv[2] if len(sys.argv) > 2 else 'kazoo'
SESSION_S = int(sys.argv[3]) / 1000 if len(sys.argv) > 3 else 15
STUBBORN = len(sys.argv) > 2
clients = []
state = {}
saying = threading.Lock()


def nearest_writer_before(self, node):
    '''Until 2.9 a reader of kazoo also waits for writers behind it, which wait for the reader (kazoo issue 649).'''
    matches = [self._contenders_re.search(child) for child in self.client.get_children(self.path)]
    before = [match for match in matches if match and int(match.group(1)) < int(node[-10:])]
    return max(before, key=lambda match: int(match.group(1))).string if before else None


if tuple(int(part) for part in kazoo.__version__.split('.')[:2]) < (2, 9):
    ReadLock._get_predecessor = nearest_writer_before


def say(text):
    with saying:
        sys.stdout.write(text + '\n')
        sys.stdout.flush()


def client(index=0):
    while len(clients) <= index:
        zk = KazooClient(hosts=ADDRESS, timeout=SESSION_S)
        zk.start(timeout=20)
        clients.append(zk)
    return clients[index]


class Log:
    """The log that all processes append to. One write is one line."""

    def __init__(self, name):
        self.file = os.open(name, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def write(self, what, kind, token):
        os.write(self.file, ('%s %s %d %s\n' % (what, kind, token, LABEL)).encode())

    def inside(self, kind, token):
        self.write('enter', kind, token)
        time.sleep(0.001)
        self.write('leave', kind, token)


def in_threads(count, work):
    problems = []

    def run(index):
        try:
            work(client(index), index)
        except Exception:
            problems.append(traceback.format_exc())

    for index in range(count):
        client(index)
    threads = [threading.Thread(target=run, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        raise RuntimeError(problems[0])


def lock(zk, lock, log, kind):
    with lock:
        log.inside(kind, zk.exists(lock.path + '/' + lock.node).czxid)


def contend(words, turn):
    """`COMMAND path log rounds threads`: each thread with a client of its own."""
    log = Log(words[2])

    def work(zk, index):
        for number in range(int(words[3])):
            try:
                turn(zk, log, index + number)
            except Exception:
                if not STUBBORN:
                    raise
                time.sleep(0.05)

    in_threads(int(words[4]), work)


def read_write(path):
    def turn(zk, log, number):
        if number % 2 == 0:
            lock(zk, zk.WriteLock(path), log, 'X')
        else:
            lock(zk, zk.ReadLock(path), log, 'S')

    return turn


def semaphore(path, leases):
    def turn(zk, log, number):
        holding = zk.Semaphore(path, max_leases=leases)
        with holding:
            log.inside('S', zk.exists(holding.create_path).czxid)

    return turn


def election(path):
    def turn(zk, log, number):
        one = zk.Election(path, 'kazoo')
        one.run(lambda: log.inside('X', zk.exists(path + '/' + one.lock.node).czxid))

    return turn


def count(words):
    def work(zk, index):
        counter = zk.Counter(words[1], support_curator=words[4] == 'curator')
        for _ in range(int(words[2])):
            counter += 1

    in_threads(int(words[3]), work)


def take(words):
    queue = client().Queue(words[1])
    while client().exists(words[1] + '-stop') is None:
        item = queue.get()
        if item is None:
            time.sleep(0.01)
        else:
            say('item ' + item.decode())


def work(words):
    queue = client().LockingQueue(words[1])
    while client().exists(words[1] + '-stop') is None:
        item = queue.get(timeout=0.1)
        if item is not None and queue.consume():
            say('item ' + item.decode())


def put(words, queue):
    for item in words[2:]:
        queue.put(item.encode())


def await_party(party, wanted):
    while ','.join(sorted(party)) != wanted:
        time.sleep(0.01)


def barrier(words):
    double = client().DoubleBarrier(words[1], int(words[2]))
    double.enter()
    say('entered')
    double.leave()


def hold(path):
    state['lock'] = client().Lock(path, 'kazoo')
    state['lock'].acquire()


def party(words):
    kind = client().ShallowParty if words[0].startswith('shallow') else client().Party
    state['party'] = kind(words[1], words[2])
    state['party'].join()


def run(words):
    command, path = words[0], words[1] if len(words) > 1 else ''
    commands = {
        'lock': lambda: contend(words, lambda zk, log, number: lock(zk, zk.Lock(path), log, 'X')),
        'rwlock': lambda: contend(words, read_write(path)),
        'semaphore': lambda: contend(words, semaphore(path, int(words[5]))),
        'election': lambda: contend(words, election(path)),
        'hold': lambda: hold(path),
        'drop': lambda: state['lock'].release(),
        'count': lambda: count(words),
        'queue-put': lambda: put(words, client().Queue(path)),
        'queue-take': lambda: take(words),
        'locking-put': lambda: put(words, client().LockingQueue(path)),
        'locking-take': lambda: work(words),
        'party-join': lambda: party(words),
        'shallow-join': lambda: party(words),
        'party-await': lambda: await_party(state['party'], words[2]),
        'party-leave': lambda: state['party'].leave(),
        'barrier': lambda: barrier(words),
    }
    commands[command]()


for line in sys.stdin:
    words = line.split()
    try:
        run(words)
        say('done ' + words[0])
    except Exception as problem:
        traceback.print_exc()
        say('failed %s %r' % (words[0], problem))
os._exit(0)
