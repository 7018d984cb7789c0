"""Free TCP ports below those that the kernel gives to clients."""

import random
import socket

_given: set[int] = set()


def free_port() -> int:
    """A port on which nobody listens and which no earlier call returned."""
    while True:
        port = random.randrange(12000, 32000)
        if port in _given:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _given.add(port)
        return port
