"""The processes of the demo: the gateway and the backends behind it."""

import asyncio
import contextlib
import http.client
import json
import random
import socket
import sys
import time
from pathlib import Path

CONFIGURATION = """\
# The demo's gateway: one route to two backends, whose loss its clients do not notice.
listeners:
  - name: public
    address: "127.0.0.1:{port}"
    tls: {{ certificates: [{{ certificate: "{certificates}/server.pem", key: "{certificates}/server.key" }}] }}
admin:
  address: "127.0.0.1:{admin_port}"
routes:
  - name: demo
    match: {{ path: "/demo" }}
    upstream: demo
    continuity: {{ hold: {hold} }}
upstreams:
  - name: demo
    endpoints: [{endpoints}]
    health: {{ kind: tcp, interval: 1s, timeout: 500ms, rise: 1, fall: 2 }}
    reconnect: {{ initial: 100ms, maximum: 1s }}
drain: {{ period: 2s, spread: 0s }}
"""

_given: set[int] = set()


def free_port(wanted: int) -> int:
    """The wanted port, or, if it is taken, a random one below those that the kernel gives to clients."""
    port = wanted
    while True:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if port not in _given:
                probe.bind(("127.0.0.1", port))
                _given.add(port)
                return port
        port = random.randrange(12000, 32000)


async def start(*command, log: Path) -> asyncio.subprocess.Process:
    """Starts a child in a session of its own, so that Ctrl-C reaches only the demo, which then ends its children in order."""
    with log.open("ab") as output:
        return await asyncio.create_subprocess_exec(
            *map(str, command), stdin=asyncio.subprocess.PIPE, stdout=output, stderr=output, start_new_session=True
        )


async def wait_until(is_ready, process: asyncio.subprocess.Process, what: str, log: Path) -> None:
    """Returns once `await is_ready()` is true; an end of the process before that, or 20 s without it, is an error with its log."""
    deadline = time.monotonic() + 20
    while not await is_ready():
        if process.returncode is not None or time.monotonic() > deadline:
            how = "is not ready after 20 s" if process.returncode is None else f"ended with {process.returncode} at start"
            raise RuntimeError(f"{what} {how}; its log:\n{log.read_text()}")
        await asyncio.sleep(0.02)


async def is_listening(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


class Backend:
    """One backend: its name, its port and the process that serves it now."""

    def __init__(self, name: str, colour: str, port: int, log: Path):
        self.name, self.colour, self.port, self._log = name, colour, port, log
        self.state = "restarting"
        self.kills = 0
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def address(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Starts the process and returns once it listens."""
        self.state = "restarting"
        program = Path(__file__).parent / "backend.py"
        self._process = await start(sys.executable, program, self.name, self.colour, self.port, log=self._log)
        await wait_until(lambda: is_listening(self.port), self._process, self.name, self._log)
        self.state = "up"

    async def kill(self) -> None:
        """kill -9: no close frame, no goodbye."""
        self._process.kill()
        await self._process.wait()
        self.state = "killed"
        self.kills += 1

    async def stop(self) -> None:
        if self._process and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


class Gateway:
    """The gateway's process, its configuration and its admin API."""

    def __init__(self, program: Path, certificates: Path, directory: Path, hold: str):
        self._program, self.certificates, self._hold = program, certificates, hold
        self.port, self.admin_port = free_port(8443), free_port(9090)
        self.configuration, self._log = directory / "roadstead.yaml", directory / "gateway.log"
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"wss://localhost:{self.port}/demo"

    @property
    def admin_url(self) -> str:
        return f"http://127.0.0.1:{self.admin_port}"

    async def start(self, endpoints: list[str]) -> None:
        """Makes the certificates if there are none, starts the gateway and returns once it is ready."""
        # Files that are there and still good are kept.
        making = await start(self._program, "certs", "--dir", self.certificates, log=self._log)
        if await making.wait() != 0:
            raise RuntimeError(f"no certificates could be made:\n{self._log.read_text()}")
        quoted = ", ".join(f'"{endpoint}"' for endpoint in endpoints)
        self.configuration.write_text(
            CONFIGURATION.format(
                port=self.port, admin_port=self.admin_port, certificates=self.certificates, hold=self._hold, endpoints=quoted
            )
        )
        self._process = await start(self._program, "serve", "--config", self.configuration, log=self._log)
        await wait_until(self._is_ready, self._process, "the gateway", self._log)

    async def stop(self) -> None:
        """Drains; a gateway that does not end then is killed."""
        if self._process is None or self._process.returncode is not None:
            return
        self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), 10)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    @property
    def has_ended(self) -> bool:
        return self._process.returncode is not None

    async def get(self, path: str) -> dict:
        """What the admin API answers to GET."""
        return json.loads(await asyncio.to_thread(self._get, path))

    async def _is_ready(self) -> bool:
        try:
            await asyncio.to_thread(self._get, "/readyz")
        except OSError:
            return False
        return True

    def _get(self, path: str) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", self.admin_port, timeout=2)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            body = response.read()
        except http.client.HTTPException as error:
            raise OSError(f"the admin API broke off: {error}") from error
        finally:
            connection.close()
        if response.status != 200:
            raise OSError(f"the admin API answered {response.status} to {path}")
        return body
