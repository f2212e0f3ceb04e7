"""A pytest plugin that lets kazoo's tests use the one server at MENAGERIE_SERVER in place of a cluster of theirs."""
import gc
import os
import sys
import types
import unittest.mock

from kazoo.testing import harness

# The tests import it from the package that it comes from; it is part of Python since 3.3.
sys.modules['mock'] = unittest.mock
# What the tests use of objgraph: how many objects of a class there are.
sys.modules['objgraph'] = types.ModuleType('objgraph')
sys.modules['objgraph'].count = lambda name: sum(type(one).__name__ == name for one in gc.get_objects())


class Server:
    running = True
    address = os.environ['MENAGERIE_SERVER']

    def run(self):
        pass


class Cluster(list):
    terminate = start = reset = lambda self: None


harness.get_global_cluster = lambda: Cluster([Server()])

# Parts of names of tests that are left out: they stop a server of their cluster, or want SASL on it.
LEFT_OUT = (
    'test_request_queuing_session_expired',
    'test_request_queuing_session_recovered',
    'test_update_host_list',
    'TestReconfig',
    'Sasl',
    'SASL',
    'sasl',
)


def pytest_collection_modifyitems(config, items):
    left = [item for item in items if any(name in item.nodeid for name in LEFT_OUT)]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in left]
