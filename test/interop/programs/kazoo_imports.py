"""What kazoo's tests import of packages that need not be there, for the pytest plugins beside this file."""
import gc
import sys
import types
import unittest.mock

# It is part of Python since 3.3.
sys.modules['mock'] = unittest.mock
# What the tests use of objgraph: how many objects of a class there are.
sys.modules['objgraph'] = types.ModuleType('objgraph')
sys.modules['objgraph'].count = lambda name: sum(type(one).__name__ == name for one in gc.get_objects())
