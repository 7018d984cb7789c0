"""Requests that get no session: each with its status, its headers and one line that says why."""

import asyncio
import contextlib
import subprocess
import time
from email.utils import format_datetime, parsedate_to_datetime

import pytest

import backends
from clients import RawClient, connect, upgrade_head
from gateway import ECHO, relay

GUARDED = {"name": "guarded", "match": {"host": "*", "path": "/guarded"}, "echo": True, "origins": ["https://app.example.com"]}
UPGRADE = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]


def curl(gateway, path: str, *headers: str, method: str = "GET", flags: tuple[str, ...] = ()) -> tuple[int, dict[str, str], str]:
    """The status, fields and body that curl gets."""
    command = ["curl", "--silent", "--noproxy", "*", "--include", "--http1.1", "--max-time", "10", "--cacert", gateway.authority]
    command += ["--request", method, *flags] + [part for header in headers for part in ("--header", header)]
    run = subprocess.run([*command, f"https://localhost:{gateway.port}{path}"], capture_output=True, timeout=20)
    head, _, body = run.stdout.decode().partition("\r\n\r\n")
    status_line, *lines = head.split("\r\n")
    return int(status_line.split()[1]), {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in lines)}, body


def assert_answered(fields: dict[str, str]) -> None:
    """Holds what all answers but the 101 have in common: the time of day as RFC 9110 section 5.6.7 wants it, and no guessing of types."""
    date = parsedate_to_datetime(fields["date"])
    assert format_datetime(date, usegmt=True) == fields["date"]
    assert abs(date.timestamp() - time.time()) < 30
    assert fields["x-content-type-options"] == "nosniff"


def assert_refusal(answer: tuple[int, dict[str, str], str], status: int) -> dict[str, str]:
    """Holds what all refusals have in common and returns the fields."""
    got, fields, body = answer
    assert got == status, answer
    assert_answered(fields)
    assert fields["content-type"].startswith("text/plain")
    assert int(fields["content-length"]) == len(body.encode())
    assert len(body.splitlines()) == 1 and body.strip(), body
    return fields


def test_403_for_a_foreign_origin(start_gateway):
    gateway = start_gateway(routes=[GUARDED])
    assert_refusal(curl(gateway, "/guarded", *UPGRADE, "Origin: https://evil.example"), 403)
    assert gateway.metric("roadstead_upgrade_refusals_total", status="403") == 1


async def test_an_allowed_origin_gets_in(start_gateway):
    async with connect(start_gateway(routes=[GUARDED]), "/guarded", origin="https://app.example.com") as client:
        await client.send("hello")
        assert await client.recv() == "hello"


@pytest.mark.parametrize("path", ["/", "/nowhere", "/echo/more", "/ECHO"])
def test_404_where_no_route_leads(echo_gateway, path):
    assert_refusal(curl(echo_gateway, path, *UPGRADE), 404)


@pytest.mark.parametrize(("path", "status"), [
    ("/guarded", 403), ("/%67uarded", 403), ("//guarded", 403), ("/%2fguarded", 403), ("/guarde%64?x=/", 403),
    ("/./guarded", 400), ("/x/../guarded", 400), ("/x/%2e%2E/guarded", 400), ("/x/..;/guarded", 400), ("/x%2f..%2fguarded", 400),
])
def test_no_spelling_of_a_path_dodges_its_route(start_gateway, path, status):
    gateway = start_gateway(routes=[GUARDED, {"name": "open", "match": {"path": "/*"}, "echo": True}])
    answer = curl(gateway, path, *UPGRADE, "Origin: https://evil.example", flags=("--path-as-is",))
    assert_refusal(answer, status)


def test_404_for_another_host(start_gateway):
    gateway = start_gateway(routes=[{**ECHO, "match": {"host": "app.example.com", "path": "/echo"}}])
    assert_refusal(curl(gateway, "/echo", *UPGRADE), 404)
    with RawClient.tls(gateway) as client:
        client.upgrade(Host="app.example.com")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_405_for_another_method(echo_gateway, method):
    fields = assert_refusal(curl(echo_gateway, "/echo", *UPGRADE, method=method), 405)
    assert fields["allow"] == "GET"


@pytest.mark.parametrize(("path", "status"), [("/nowhere", 404), ("/echo", 405)])
def test_head_is_refused_with_the_same_fields_and_no_body(echo_gateway, path, status):
    fields = assert_refusal(curl(echo_gateway, path, *UPGRADE, method="POST"), status)
    answer = curl(echo_gateway, path, *UPGRADE, method="HEAD", flags=("--head",))
    assert answer[0] == status and answer[2] == "", answer
    assert_answered(answer[1])
    assert answer[1] | {"date": ""} == fields | {"date": ""}


def test_408_for_a_head_that_does_not_end(start_gateway):
    gateway = start_gateway(routes=[{**ECHO, "timeouts": {"handshake": "1s"}}])
    with RawClient.tls(gateway) as client:
        client.send(b"GET /echo HTTP/1.1\r\nHost: localhost\r\n")
        assert_refusal(client.read_response(), 408)
        client.read_end()


def test_426_for_a_plain_request(echo_gateway):
    fields = assert_refusal(curl(echo_gateway, "/echo"), 426)
    assert fields["sec-websocket-version"] == "13"
    assert fields["upgrade"].lower() == "websocket"


@pytest.mark.parametrize("version", ["8", "12", "14"])
def test_426_for_another_version(echo_gateway, version):
    headers = [f"Sec-WebSocket-Version: {version}" if "Version" in header else header for header in UPGRADE]
    assert assert_refusal(curl(echo_gateway, "/echo", *headers), 426)["sec-websocket-version"] == "13"


def test_431_for_a_head_past_the_limit(start_gateway):
    gateway = start_gateway(limits={"header": "2KiB"})

    def head_of(size: int) -> bytes:
        bare = upgrade_head(X_Padding="")
        return bare.replace(b"X-Padding: ", b"X-Padding: " + b"p" * (size - len(bare)))

    for size in (2047, 2048):
        with RawClient.tls(gateway) as client:
            client.send(head_of(size))
            assert client.read_head()[0] == 101
    with RawClient.tls(gateway) as client:
        client.send(head_of(2049))
        assert_refusal(client.read_response(), 431)


async def test_502_when_the_upstream_refuses_connections(start_gateway):
    down = f"ws://127.0.0.1:{backends.free_port()}"
    gateway = start_gateway(**relay(down, upstream={"health": {"kind": "none"}}))
    assert_refusal(curl(gateway, "/relay/room", *UPGRADE), 502)


async def test_502_when_the_upstream_refuses_the_upgrade(start_gateway):
    async def refuse(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()

    async with backends.tcp_backend(refuse) as backend:
        gateway = start_gateway(**relay(backend.url))
        assert_refusal(await asyncio.to_thread(curl, gateway, "/relay/room", *UPGRADE), 502)


async def test_504_when_the_upstream_does_not_answer(start_gateway):
    async def say_nothing(reader, writer):
        with contextlib.suppress(ConnectionError):
            while await reader.read(65536):
                pass

    async with backends.tcp_backend(say_nothing) as backend:
        pool = {"connect_timeout": "1s", "queue_timeout": "1s"}
        gateway = start_gateway(**relay(backend.url, route={"timeouts": {"handshake": "5s"}}, upstream={"pool": pool}))
        assert_refusal(await asyncio.to_thread(curl, gateway, "/relay/room", *UPGRADE), 504)


async def test_503_when_the_pool_stays_full(start_gateway):
    async with backends.backend() as backend:
        pool = {"maximum": 1, "warm": 0, "queue_timeout": "500ms"}
        gateway = start_gateway(loops=1, **relay(backend.url, upstream={"pool": pool}))
        async with connect(gateway, "/relay/room") as client:
            fields = assert_refusal(await asyncio.to_thread(curl, gateway, "/relay/room", *UPGRADE), 503)
            assert int(fields["retry-after"]) >= 1
            await client.send("still here")
            assert await client.recv() == "still here"


async def test_503_past_the_session_limit(start_gateway):
    gateway = start_gateway(limits={"sessions": 2})
    async with connect(gateway), connect(gateway):
        fields = assert_refusal(curl(gateway, "/echo", *UPGRADE), 503)
        assert int(fields["retry-after"]) >= 1
