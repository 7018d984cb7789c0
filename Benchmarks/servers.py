"""The processes under measurement, pinned to cores, and what the kernel says that they used."""

import contextlib
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from loading import needed

# Servers stay below 32768, where the kernel begins to hand out ports to clients.
BACKENDS = {"first": 21700, "second": 21701, "tls": 21702}
LOOPBACK = "127.0.0.1"

NGINX = """
daemon off; master_process off; worker_processes 1; pid {directory}/nginx.pid; error_log stderr error;
events {{ worker_connections 20000; }}
http {{
    access_log off;
    client_body_temp_path {directory}/body; proxy_temp_path {directory}/proxy; fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi; scgi_temp_path {directory}/scgi;
    server {{
        listen 127.0.0.1:{port} ssl backlog=4096;
        ssl_protocols TLSv1.2 TLSv1.3; ssl_certificate {certificates}/server.pem; ssl_certificate_key {certificates}/server.key;
        location / {{
            proxy_pass http://127.0.0.1:{backend}; proxy_http_version 1.1; proxy_buffer_size {buffer}; proxy_buffers 8 {buffer};
            proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;
            proxy_read_timeout 1h; proxy_send_timeout 1h;
        }}
    }}
}}
"""
HAPROXY = """
global
    maxconn 9000
    nbthread 1
    tune.bufsize {buffer}
defaults
    mode http
    timeout connect 5s
    timeout client 1h
    timeout server 1h
    timeout tunnel 1h
frontend public
    bind 127.0.0.1:{port} ssl crt {directory}/pair.pem backlog 4096
    default_backend backend
backend backend
    server first 127.0.0.1:{backend}
"""


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 15) -> None:
    """Polls a condition; the program ends when it does not come true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            sys.exit(f"waited {seconds} s in vain: {what}")
        time.sleep(0.02)


def is_listening(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=1):
        return True
    return False


def cpu_seconds(process: subprocess.Popen) -> float:
    """User and system time of all threads, in the nanoseconds of the scheduler rather than in ticks of 10 ms."""
    tasks = Path(f"/proc/{process.pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def descriptors(process: subprocess.Popen) -> int:
    """How many files the process has open: asks the kernel and costs the process nothing."""
    return len(os.listdir(f"/proc/{process.pid}/fd"))


class Servers:
    """Starts servers and ends every one that is left when the program leaves."""

    def __init__(self, roadstead: str, directory: Path):
        self.roadstead, self.directory, self.certificates = roadstead, directory, directory / "certs"
        subprocess.run([roadstead, "certs", "--dir", str(self.certificates)], check=True, capture_output=True)
        pair = [(self.certificates / name).read_text() for name in ("server.pem", "server.key")]
        (directory / "pair.pem").write_text("".join(pair))
        self._running: list[subprocess.Popen] = []

    def start(self, core: int, port: int, *command: str) -> subprocess.Popen:
        if is_listening(port):
            sys.exit(f"port {port} is taken")
        log = (self.directory / f"{port}.log").open("ab")
        process = subprocess.Popen(["taskset", "-c", str(core), *command], stdout=log, stderr=log)
        log.close()
        self._running.append(process)
        wait_until(lambda: process.poll() is not None or is_listening(port), f"{command[0]} listens on {port}")
        if process.poll() is not None:
            sys.exit(f"{command[0]} ended at start: {(self.directory / f'{port}.log').read_text()[-500:]}")
        return process

    def stop(self, *processes: subprocess.Popen) -> None:
        """Nothing that these do at their end is measured."""
        for process in processes or tuple(self._running):
            process.kill()
            process.wait()
            self._running.remove(process)

    def backend(self, name: str) -> subprocess.Popen:
        """The reference as an echo on core 1, beside the load: what it uses is not counted."""
        pair = [str(self.certificates / file) for file in ("server.pem", "server.key")] if name == "tls" else []
        return self.start(1, BACKENDS[name], needed("REFERENCE"), str(BACKENDS[name]), *pair)

    def nginx(self, port: int, buffer: str = "32k") -> subprocess.Popen:
        """One process; its buffers are made to hold the largest message of these benchmarks, which it relays cheaper so."""
        return self._configured("nginx", NGINX, port, buffer, lambda file: ["-p", str(self.directory), "-e", "stderr", "-c", file])

    def haproxy(self, port: int, buffer: str = "32768") -> subprocess.Popen:
        """One thread, with the same buffers."""
        return self._configured("haproxy", HAPROXY, port, buffer, lambda file: ["-db", "-f", file])

    def _configured(self, program: str, template: str, port: int, buffer: str, arguments: Callable[[str], list[str]]):
        file = self.directory / f"{program}-{port}.conf"
        file.write_text(template.format(
            directory=self.directory, certificates=self.certificates, port=port, backend=BACKENDS["first"], buffer=buffer))
        return self.start(0, port, shutil.which(program), *arguments(str(file)))


@contextlib.contextmanager
def serving(roadstead: str, directory: Path) -> Iterator[Servers]:
    servers = Servers(roadstead, directory)
    try:
        yield servers
    finally:
        servers.stop()


class Gateway:
    """One gateway on core 0 with one loop; its admin port is the one after its public port."""

    def __init__(self, servers: Servers, port: int, upstreams: dict[str, list[str]], hold: str = "30s", warm: int = 4, **route):
        self.port, self.admin_port = port, port + 1
        pair = {"certificate": str(servers.certificates / "server.pem"), "key": str(servers.certificates / "server.key")}
        continuity = {"continuity": {"hold": hold}}
        trust = {"ca": str(servers.certificates / "ca.pem"), "server_name": "localhost"}
        configuration = {
            "loops": 1,
            "listeners": [{"name": "public", "address": f"{LOOPBACK}:{port}", "tls": {"certificates": [pair]}}],
            "admin": {"address": f"{LOOPBACK}:{self.admin_port}"},
            "routes": [{"name": "echo", "match": {"path": "/echo"}, "echo": True}] + [
                {"name": name, "match": {"path": f"/{name}" if len(upstreams) > 1 else "*"}, "upstream": name, **continuity, **route}
                for name in upstreams],
            "upstreams": [
                {"name": name, "endpoints": endpoints, "pool": {"warm": warm}, "tls": trust}
                for name, endpoints in upstreams.items()],
            "log": {"level": "error"},
        }
        file = servers.directory / f"roadstead-{port}.yaml"
        # JSON is YAML.
        file.write_text(json.dumps(configuration, indent=2))
        self.process = servers.start(0, port, servers.roadstead, "serve", "--config", str(file))

    def get(self, path: str) -> str:
        connection = http.client.HTTPConnection(LOOPBACK, self.admin_port, timeout=5)
        connection.request("GET", path)
        body = connection.getresponse().read().decode()
        connection.close()
        return body

    def metrics(self) -> dict[str, float]:
        """Each sample by its name and labels, as they stand in the page."""
        samples = (line.rsplit(" ", 1) for line in self.get("/metrics").splitlines() if not line.startswith("#"))
        return {name: float(value) for name, value in samples}

    def endpoints(self, upstream: str) -> list[dict]:
        listed = json.loads(self.get("/api/v1/upstreams"))["upstreams"]
        return next(one["endpoints"] for one in listed if one["name"] == upstream)
