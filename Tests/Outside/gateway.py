"""One running gateway: written configuration, process, admin API."""

import contextlib
import http.client
import json
import os
import re
import resource
import signal
import ssl
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from ports import free_port
from waiting import eventually, wait_until

REPOSITORY = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("ROADSTEAD", REPOSITORY / ".build/release/roadstead"))

ECHO = {"name": "echo", "match": {"path": "/echo"}, "echo": True}


def relay(*endpoints: str, route: dict | None = None, upstream: dict | None = None) -> dict:
    """The sections for a route `/relay/*` to these endpoints, beside the echo route.

    No warm connections unless the test asks for them: a server of the `websockets` library that ends waits for them.
    """
    upstream = {"pool": {"warm": 0}, **(upstream or {})}
    return {
        "routes": [ECHO, {"name": "relay", "match": {"path": "/relay/*"}, "upstream": "backend", **(route or {})}],
        "upstreams": [{"name": "backend", "endpoints": list(endpoints), **upstream}],
    }


@dataclass
class Response:
    """What the admin listener answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)


class Gateway:
    """Starts `roadstead serve --config FILE` and knows its addresses.

    Configuration sections are keyword arguments; `tls` and `listener` add keys to the public listener, `descriptors` is the process's
    limit, and `flags` and `environment` go to the command. `stderr` takes the place of the file in `log`, in the words of `subprocess`.
    """

    def __init__(self, directory: Path, certificates: Path, descriptors: int | None = None, tls: dict | None = None,
                 listener: dict | None = None, flags: tuple[str, ...] = (), environment: dict[str, str] | None = None,
                 stderr: int | None = None, **sections):
        self.directory = directory
        self.certificates = certificates
        self.port, self.admin_port = free_port(), free_port()
        self.token: str | None = None
        self.log_path = directory / "gateway.log"
        pair = {"certificate": str(certificates / "server.pem"), "key": str(certificates / "server.key")}
        public = {"name": "public", "address": f"127.0.0.1:{self.port}", "tls": {"certificates": [pair], **(tls or {})}}
        self.configuration = {
            # A key that is None is left out: `listener={"tls": None}` speaks plain ws.
            "listeners": [{key: value for key, value in {**public, **(listener or {})}.items() if value is not None}],
            "admin": {},
            "routes": [ECHO],
            "drain": {"period": "10s", "spread": "1s"},
            **sections,
        }
        self.configuration["admin"].setdefault("address", f"127.0.0.1:{self.admin_port}")
        self._descriptors, self._flags, self._stderr = descriptors, flags, stderr
        self._environment = {**os.environ, **(environment or {})}
        self.process: subprocess.Popen | None = None

    # Life

    def start(self) -> "Gateway":
        # JSON is YAML.
        config = self.directory / "roadstead.yaml"
        config.write_text(json.dumps(self.configuration, indent=2))
        with self.log_path.open("wb") as log:
            self.process = subprocess.Popen(
                [PROGRAM, "serve", "--config", config, *self._flags], cwd=self.directory, env=self._environment,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log if self._stderr is None else self._stderr,
                preexec_fn=self._limit_descriptors if self._descriptors else None,
            )
        wait_until(self._is_ready, "the gateway is ready", 15)
        return self

    def stop(self) -> None:
        """SIGTERM, and what a well-behaved gateway does then: it ends with 0 within its drain period."""
        if self.process is None or self.process.returncode is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the gateway did not end after SIGTERM; its log:\n{self.log_tail}") from None
        assert status == 0, f"the gateway ended with {status}; its log:\n{self.log_tail}"

    def kill(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            self.process.wait()

    def _limit_descriptors(self) -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (self._descriptors, self._descriptors))

    def _is_ready(self) -> bool:
        assert self.process.poll() is None, f"the gateway ended with {self.process.returncode} at start; its log:\n{self.log_tail}"
        try:
            return self.get("/readyz").status == 200
        except OSError:
            return False

    @property
    def log(self) -> str:
        wait_until(self._is_log_written, "the log is written")
        return self.log_path.read_text(errors="replace")

    def _is_log_written(self) -> bool:
        """Whether the gateway's thread for the log sleeps: lines are written a moment after what they tell of."""
        for thread in Path(f"/proc/{self.process.pid}/task").glob("*/stat"):
            with contextlib.suppress(OSError):
                if log := re.match(r"\d+ \(log\) (\w)", thread.read_text()):
                    return log[1] == "S"
        return True

    @property
    def log_tail(self) -> str:
        return "\n".join(self.log.splitlines()[-30:])

    # Addresses

    def url(self, path: str = "/echo", port: int | None = None) -> str:
        """The address of a path; `port` is that of a relay in front of the gateway."""
        return f"wss://localhost:{port or self.port}{path}"

    @property
    def authority(self) -> Path:
        return self.certificates / "ca.pem"

    def tls_context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self.authority))
        context.set_alpn_protocols(["http/1.1"])
        return context

    # Admin

    def request(self, method: str, path: str, headers: dict | None = None) -> Response:
        connection = http.client.HTTPConnection("127.0.0.1", self.admin_port, timeout=5)
        headers = dict(headers or {})
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        try:
            connection.request(method, path, headers=headers)
            response = connection.getresponse()
            return Response(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def get(self, path: str) -> Response:
        return self.request("GET", path)

    def sessions(self, query: str = "") -> list[dict]:
        """The sessions of one answer; without a state in the query these are the open ones."""
        return self.get(f"/api/v1/sessions?{query}").json["sessions"]

    def session(self, identifier: str) -> dict:
        response = self.get(f"/api/v1/sessions/{identifier}")
        assert response.status == 200, response
        return response.json

    def upstream(self, name: str = "backend") -> dict:
        """What is told of one upstream."""
        return next(upstream for upstream in self.get("/api/v1/upstreams").json["upstreams"] if upstream["name"] == name)

    def endpoint(self, address: str, name: str = "backend") -> dict:
        """What is told of one endpoint."""
        return next(endpoint for endpoint in self.upstream(name)["endpoints"] if endpoint["address"] == address)

    def close_record(self, identifier: str, seconds: float = 10) -> dict:
        """Waits for the session's end and returns its close record."""
        return wait_until(lambda: self.session(identifier)["close"], f"session {identifier} is closed", seconds)

    async def closed(self, identifier: str, seconds: float = 10) -> dict:
        """The same while the test's own clients and backends go on."""
        return await eventually(lambda: self.session(identifier)["close"], f"session {identifier} is closed", seconds)

    def metric(self, name: str, **labels: str) -> float:
        """The sum of all samples of `name` whose labels include these."""
        total = 0.0
        for line in self.get("/metrics").text.splitlines():
            sample = re.fullmatch(r"([a-z_]+)(?:\{(.*)\})? (\S+)(?: \d+)?", line)
            if sample and sample[1] == name:
                found = dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', sample[2] or ""))
                if labels.items() <= found.items():
                    total += float(sample[3])
        return total

    # What the kernel says about it

    @property
    def descriptor_count(self) -> int:
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    @property
    def settled_descriptor_count(self) -> int:
        """The same at rest: it opens some of its own just after it is ready, and closes the connection of the last question then."""
        count, since = self.descriptor_count, time.monotonic()

        def is_settled() -> bool:
            nonlocal count, since
            if (current := self.descriptor_count) != count:
                count, since = current, time.monotonic()
            return time.monotonic() - since > 0.2

        wait_until(is_settled, "the number of descriptors stays")
        return count

    @property
    def resident_bytes(self) -> int:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024
