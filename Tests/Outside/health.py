"""Backends whose health is set from the test, and waiting for what the gateway makes of it."""

import contextlib
import http
import itertools
import socket

from answers import answer, filled
from ports import free_port
from recording import recording_backend
from waiting import eventually

PATH = "/health"


class Doctor:
    """What a backend answers to checks and to upgrades, and how often it was asked."""

    def __init__(self):
        # An endless iterator of statuses for GET /health without an upgrade.
        self.check_statuses = itertools.repeat(200)
        # The status of every other request; 101 lets the library upgrade.
        self.upgrade_status = 101
        self.checks = 0
        self.refused = 0

    def says(self, *statuses: int) -> None:
        """Checks are answered with these in turn, over and over."""
        self.check_statuses = itertools.cycle(statuses)

    def process_request(self, connection, request):
        if request.path == PATH and "Upgrade" not in request.headers:
            self.checks += 1
            status = next(self.check_statuses)
        elif self.upgrade_status == 101:
            return None
        else:
            self.refused += 1
            status = self.upgrade_status
        return connection.respond(http.HTTPStatus(status), f"{status}\n")


@contextlib.asynccontextmanager
async def doctored_backend(**options):
    """A recording backend with a `doctor`."""
    doctor = Doctor()
    async with recording_backend(process_request=doctor.process_request, **options) as recording:
        recording.doctor = doctor
        yield recording


def checks(kind: str, interval: str = "200ms", timeout: str = "200ms", rise: int = 2, fall: int = 3) -> dict:
    """The section `health` of an upstream."""
    return {"kind": kind, "path": PATH, "interval": interval, "timeout": timeout, "rise": rise, "fall": fall}


async def becomes(gateway, url: str, state: str, last_check: str | None = None, seconds: float = 10) -> dict:
    """Waits until an endpoint is in a state, with this last check if one is given."""

    def is_there() -> bool:
        nonlocal endpoint
        endpoint = gateway.endpoint(url)
        return endpoint["state"] == state and (last_check is None or endpoint["last_check"] == last_check)

    endpoint = gateway.endpoint(url)
    try:
        await eventually(is_there, f"{url} is {state} {last_check or ''}", seconds)
    except AssertionError as late:
        raise AssertionError(f"{late}; it is {endpoint['state']} {endpoint['last_check']}") from None
    return endpoint


async def upgrade_and_ignore(reader, writer) -> None:
    """For `tcp_backend`: answers with a 101 (RFC 6455, section 4.2.2) and never says another word."""
    head = await reader.readuntil(b"\r\n\r\n")
    writer.write(filled(answer(), head))
    await reader.read()


@contextlib.contextmanager
def deaf_port():
    """A port where connecting never ends: somebody listens there, but the queue is full and the kernel drops what comes."""
    with socket.socket() as listener, contextlib.ExitStack() as stack:
        port = free_port()
        listener.bind(("127.0.0.1", port))
        listener.listen(0)
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        yield port
