"""
A pytest plugin that leaves kazoo's tests the cluster that they start and stop themselves, on free ports, with the
command at MENAGERIE_COMMAND in the place of Java if it is set. What they give Java as properties comes to stand in
their configuration file.
"""
import os
import socket
import subprocess
import types

import kazoo_imports  # noqa: F401
from kazoo.testing import common

PROPERTIES = (
    'zookeeper.DigestAuthenticationProvider.superDigest',
    'readonlymode.enabled',
    'java.security.auth.login.config',
)
command = os.environ.get('MENAGERIE_COMMAND')
own_info = common.ServerInfo


def server_info(server_id, client, election, leader, admin, peer_type):
    sockets = [socket.create_server(('127.0.0.1', 0)) for _ in range(4)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return own_info(server_id, *ports, peer_type)


def start(args):
    config = args[-1]
    given = dict(arg[2:].split('=', 1) for arg in args if arg.startswith('-D') and '=' in arg)
    with open(config, 'a') as file:
        file.writelines('%s=%s\n' % (key, given[key]) for key in PROPERTIES if key in given)
    output = open(os.path.join(os.path.dirname(config), 'output'), 'a')
    return subprocess.Popen(command.split('\n') + [config], stdout=output, stderr=output)


common.ServerInfo = server_info
if command:
    common.subprocess = types.SimpleNamespace(Popen=start)
