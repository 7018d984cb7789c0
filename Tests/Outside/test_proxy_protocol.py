"""Load balancers in front: PROXY headers, X-Forwarded-For from trusted proxies, and what is believed of anybody else."""

import contextlib
import re
import shutil
import socket
import struct
import subprocess
from pathlib import Path

import pytest

import backends
from clients import RawClient, connect, session_id, upgrade_head
from gateway import REPOSITORY, relay
from ports import free_port
from waiting import wait_until

SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
V4 = socket.inet_aton("192.0.2.7") + socket.inet_aton("192.0.2.8") + struct.pack("!HH", 4711, 443)
V6 = socket.inet_pton(socket.AF_INET6, "2001:db8::7") * 2 + struct.pack("!HH", 4712, 443)
LINE = b"PROXY TCP4 192.0.2.7 192.0.2.8 4711 443\r\n"


def binary(command: int, family: int, rest: bytes, length: int | None = None) -> bytes:
    return SIGNATURE + struct.pack("!BBH", 0x20 | command, family, len(rest) if length is None else length) + rest


def crc32c(data: bytes) -> int:
    """CRC-32C (Castagnoli), bit by bit."""
    remainder = 0xFFFFFFFF
    for byte in data:
        remainder ^= byte
        for _ in range(8):
            remainder = remainder >> 1 ^ (0x82F63B78 if remainder & 1 else 0)
    return remainder ^ 0xFFFFFFFF


def binary_with_checksum(family: int, rest: bytes, wrong_bits: int = 0) -> bytes:
    header = binary(1, family, rest + b"\x03\x00\x04" + bytes(4))
    return header[:-4] + struct.pack("!I", crc32c(header) ^ wrong_bits)


HEADERS = {
    "line": (LINE, "192.0.2.7:4711"),
    "line of IPv6": (b"PROXY TCP6 2001:db8::7 ::1 4712 443\r\n", "[2001:db8::7]:4712"),
    "binary": (binary(1, 0x11, V4), "192.0.2.7:4711"),
    "binary of IPv6": (binary(1, 0x21, V6), "[2001:db8::7]:4712"),
    "binary with extensions": (binary(1, 0x11, V4 + b"\x01\x00\x08http/1.1"), "192.0.2.7:4711"),
    "binary with a checksum": (binary_with_checksum(0x11, V4 + b"\x01\x00\x08http/1.1"), "192.0.2.7:4711"),
}


class Proxied(RawClient):
    """A client whose connection begins with a header, before TLS if there is TLS."""

    def __init__(self, gateway, header: bytes, secure: bool = True, piece: int | None = None):
        plain = socket.create_connection(("127.0.0.1", gateway.port), timeout=10)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(header), piece or len(header) or 1):
            plain.sendall(header[start:start + (piece or len(header))])
        self.socket = gateway.tls_context().wrap_socket(plain, server_hostname="localhost") if secure else plain
        self._buffer = b""


def proxied_gateway(start_gateway, secure: bool = True, **sections):
    listener = {"proxy_protocol": True, **sections.pop("listener", {}), **({} if secure else {"tls": None})}
    gateway = start_gateway(listener=listener, **sections)
    return gateway


@pytest.mark.parametrize("piece", [None, 1], ids=["whole", "byte by byte"])
@pytest.mark.parametrize("secure", [True, False], ids=["wss", "ws"])
@pytest.mark.parametrize("name", HEADERS)
def test_the_client_is_whom_the_header_names(start_gateway, name, secure, piece):
    header, remote = HEADERS[name]
    gateway = proxied_gateway(start_gateway, secure)
    with Proxied(gateway, header, secure, piece) as client:
        identifier = client.upgrade()["roadstead-session"]
        assert gateway.session(identifier)["remote"] == remote
        assert [one["id"] for one in gateway.sessions(f"address={remote}")] == [identifier]


def test_the_header_the_request_and_a_frame_may_come_at_once(start_gateway):
    gateway = proxied_gateway(start_gateway, secure=False)
    with Proxied(gateway, LINE + upgrade_head(), secure=False) as client:
        assert client.read_head()[0] == 101


@pytest.mark.parametrize("header", [
    b"PROXY UNKNOWN\r\n", b"PROXY UNKNOWN what ever\r\n", binary(0, 0x00, b""), binary(0, 0x11, V4), binary(1, 0x00, b""),
    binary(1, 0x31, bytes(216))], ids=["UNKNOWN", "UNKNOWN with words", "LOCAL", "LOCAL with addresses", "unspecified", "unix"])
def test_a_header_that_names_nobody_leaves_the_peer(start_gateway, header):
    gateway = proxied_gateway(start_gateway)
    with Proxied(gateway, header) as client:
        assert gateway.session(client.upgrade()["roadstead-session"])["remote"].startswith("127.0.0.1:")


async def test_the_backend_and_the_log_are_told_of_the_client(start_gateway):
    async with backends.backend() as backend:
        gateway = proxied_gateway(start_gateway, **relay(backend.url), log={"level": "debug"})
        plain = socket.create_connection(("127.0.0.1", gateway.port))
        plain.sendall(LINE)
        plain.setblocking(False)
        async with connect(gateway, "/relay/x", sock=plain, additional_headers={"X-Forwarded-For": "203.0.113.9"}):
            headers = (await backend.connection()).request.headers
            assert headers.get_all("X-Forwarded-For") == ["192.0.2.7"]
            assert "for=192.0.2.7" in headers["Forwarded"]
        assert "remote=192.0.2.7:4711" in gateway.log


BAD = {
    "TLS at once": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "missing"),
    "HTTP at once": (upgrade_head(), "missing"),
    "a header in small letters": (LINE.lower(), "missing"),
    "no address": (b"PROXY TCP4 192.0.2.700 192.0.2.8 1 2\r\n", "malformed"),
    "no destination": (b"PROXY TCP4 192.0.2.7 999.999.999.999 1 2\r\n", "malformed"),
    "no destination of IPv6": (b"PROXY TCP6 ::1 ::::: 1 2\r\n", "malformed"),
    "a port too many": (b"PROXY TCP4 192.0.2.7 192.0.2.8 1 2 3\r\n", "malformed"),
    "two spaces": (b"PROXY TCP4  192.0.2.7 192.0.2.8 1 2\r\n", "malformed"),
    "LF alone": (LINE.replace(b"\r", b""), "malformed"),
    "a line without an end": (b"PROXY TCP4 " + b"1" * 200, "malformed"),
    "version 3": (SIGNATURE + b"\x31\x11\x00\x0c" + V4, "malformed"),
    "a datagram": (binary(1, 0x12, V4), "malformed"),
    "too short for its family": (binary(1, 0x21, V4), "malformed"),
    "too long": (binary(1, 0x11, V4, length=5000), "malformed"),
    "an extension that overruns": (binary(1, 0x11, V4 + b"\x01\x00\x09http/1.1"), "malformed"),
    "a wrong checksum": (binary_with_checksum(0x11, V4, wrong_bits=1), "malformed"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_header_is_closed_at_once(start_gateway, name):
    data, cause = BAD[name]
    gateway = proxied_gateway(start_gateway, log={"level": "debug"})
    with Proxied(gateway, data, secure=False) as client:
        assert client.reads_to_the_end() == b""
    assert gateway.metric("roadstead_proxy_header_failures_total", cause=cause) == 1
    assert gateway.metric("roadstead_proxy_header_failures_total") == 1
    wait_until(lambda: gateway.metric("roadstead_sessions", state="handshaking") == 0, "the session is gone")
    assert gateway.metric("roadstead_handshake_failures_total") == 0
    assert "PROXY header refused" in gateway.log and "session closed" not in gateway.log
    (closed,) = gateway.sessions("state=closed")
    assert closed["remote"].startswith("127.0.0.1:")


def test_a_header_that_does_not_end_is_cut_by_the_handshake_timeout(start_gateway):
    route = {"name": "echo", "match": {"path": "/echo"}, "echo": True, "timeouts": {"handshake": "500ms"}}
    gateway = proxied_gateway(start_gateway, routes=[route])
    for part in (b"PROXY TCP4 192.", SIGNATURE[:5], binary(1, 0x11, V4)[:-1]):
        with Proxied(gateway, part, secure=False) as client:
            assert client.reads_to_the_end() == b""
    assert gateway.metric("roadstead_handshake_failures_total", cause="handshake_timeout") == 3


@pytest.mark.parametrize("header", [LINE, binary(1, 0x11, V4)], ids=["line", "binary"])
def test_a_header_that_nobody_asked_for_is_no_request(start_gateway, header):
    gateway = start_gateway(listener={"tls": None})
    with Proxied(gateway, header + upgrade_head(), secure=False) as client:
        assert client.read_head()[0] == 400


def test_a_second_header_is_no_request_either(start_gateway):
    gateway = proxied_gateway(start_gateway, secure=False)
    with Proxied(gateway, LINE + LINE + upgrade_head(), secure=False) as client:
        assert client.read_head()[0] == 400


def test_only_trusted_proxies_may_send_headers_where_some_are_listed(start_gateway):
    gateway = proxied_gateway(start_gateway, listener={"trusted_proxies": ["192.0.2.0/24"]})
    with Proxied(gateway, LINE, secure=False) as client:
        assert client.reads_to_the_end() == b""
    assert gateway.metric("roadstead_proxy_header_failures_total", cause="untrusted") == 1
    trusting = proxied_gateway(start_gateway, listener={"trusted_proxies": ["127.0.0.0/8"]})
    with Proxied(trusting, LINE) as client:
        assert trusting.session(client.upgrade()["roadstead-session"])["remote"] == "192.0.2.7:4711"


FORWARDED = [
    (["192.0.2.1"], "192.0.2.1"),
    (["203.0.113.9, 192.0.2.1"], "192.0.2.1"),
    (["203.0.113.9", "192.0.2.1, 127.0.0.2"], "192.0.2.1"),
    (["192.0.2.1:4711"], "192.0.2.1"),
    (['"[2001:db8::1]:4711"'], "2001:db8::1"),
    (["::ffff:192.0.2.1"], "192.0.2.1"),
    (["127.0.0.3, 127.0.0.2"], "127.0.0.3"),
    (["192.0.2.1, unknown, 127.0.0.2"], "127.0.0.2"),
    (["nonsense"], None),
    # A quote that a client opens and never closes, and what nginx appends to it.
    (['"x, 192.0.2.1'], "192.0.2.1"),
    ([], None),
]


@pytest.mark.parametrize("fields, client_address", FORWARDED)
async def test_the_word_of_a_trusted_proxy_is_believed_and_extended(start_gateway, fields, client_address):
    async with backends.backend() as backend:
        gateway = start_gateway(listener={"trusted_proxies": ["127.0.0.0/8"]}, **relay(backend.url))
        async with connect(gateway, "/relay/x", additional_headers=[("X-Forwarded-For", field) for field in fields]) as client:
            remote = gateway.session(session_id(client))["remote"]
            assert remote == client_address if client_address else remote.startswith("127.0.0.1:")
            told = (await backend.connection()).request.headers["X-Forwarded-For"]
            assert told == ", ".join([*fields, "127.0.0.1"])


async def test_anybody_elses_word_is_dropped(start_gateway):
    async with backends.backend() as backend:
        gateway = start_gateway(listener={"trusted_proxies": ["192.0.2.0/24", "::1"]}, **relay(backend.url))
        forged = {
            "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "gopher", "Forwarded": "for=203.0.113.9", "X-Real-IP": "203.0.113.9",
            "X-Cluster-Client-IP": "203.0.113.9", "True_Client_IP": "203.0.113.9",
        }  # fmt: skip
        async with connect(gateway, "/relay/x", additional_headers=forged) as client:
            assert gateway.session(session_id(client))["remote"].startswith("127.0.0.1:")
            headers = (await backend.connection()).request.headers
            assert headers["X-Forwarded-For"] == "127.0.0.1" and headers["X-Forwarded-Proto"] == "https"
            assert "203.0.113.9" not in str(headers)


def test_a_header_does_not_make_a_trusted_proxy_of_whom_it_names(start_gateway):
    gateway = proxied_gateway(start_gateway, listener={"trusted_proxies": ["127.0.0.1"]})
    with Proxied(gateway, LINE) as client:
        identifier = client.upgrade(X_Forwarded_For="203.0.113.9")["roadstead-session"]
        assert gateway.session(identifier)["remote"] == "192.0.2.7:4711"


# How many sessions an address may have.


def limited(start_gateway, limit: int = 2, loops: int = 2, **listener):
    return start_gateway(listener={"proxy_protocol": True, "tls": None, **listener}, limits={"sessions_per_address": limit}, loops=loops)


def from_address(gateway, address: str, stack: contextlib.ExitStack) -> tuple[int, RawClient]:
    """Asks for a session as this address and returns the status."""
    kind = "TCP6" if ":" in address else "TCP4"
    client = stack.enter_context(Proxied(gateway, f"PROXY {kind} {address} {address} 1 2\r\n".encode(), secure=False))
    client.send(upgrade_head())
    return client.read_head()[0], client


def test_an_address_has_as_many_sessions_as_the_limit_and_gets_them_back(start_gateway):
    gateway = limited(start_gateway)
    with contextlib.ExitStack() as stack:
        first, client = from_address(gateway, "192.0.2.1", stack)
        statuses = [first] + [from_address(gateway, "192.0.2.1", stack)[0] for _ in range(2)]
        assert statuses == [101, 101, 429]
        assert gateway.metric("roadstead_upgrade_refusals_total", status="429") == 1
        assert from_address(gateway, "192.0.2.2", stack)[0] == 101
        client.socket.close()
        wait_until(lambda: len(gateway.sessions()) == 2, "the session is gone")
        assert [from_address(gateway, "192.0.2.1", stack)[0] for _ in range(2)] == [101, 429]


def test_an_address_is_a_64_in_ipv6_and_itself_in_ipv4(start_gateway):
    gateway = limited(start_gateway, limit=1)
    with contextlib.ExitStack() as stack:
        asked = ["2001:db8::1", "2001:db8::ffff:2", "2001:db8:0:1::1", "192.0.2.1", "::ffff:192.0.2.1", "192.0.2.2"]
        assert [from_address(gateway, address, stack)[0] for address in asked] == [101, 429, 101, 101, 429, 101]


def test_the_refusal_says_why(start_gateway):
    gateway = limited(start_gateway, limit=1)
    with contextlib.ExitStack() as stack:
        from_address(gateway, "192.0.2.1", stack)
        client = stack.enter_context(Proxied(gateway, LINE.replace(b"192.0.2.7", b"192.0.2.1"), secure=False))
        client.send(upgrade_head())
        status, fields, body = client.read_response()
        assert status == 429 and int(fields["retry-after"]) > 0 and "too many sessions from this address" in body


async def test_clients_behind_a_trusted_proxy_count_by_themselves(start_gateway):
    gateway = start_gateway(listener={"trusted_proxies": ["127.0.0.1"]}, limits={"sessions_per_address": 1})
    async with contextlib.AsyncExitStack() as stack:
        for address in ("192.0.2.1", "192.0.2.2"):
            await stack.enter_async_context(connect(gateway, additional_headers={"X-Forwarded-For": address}))
        with pytest.raises(Exception, match="429"):
            await connect(gateway, additional_headers={"X-Forwarded-For": "192.0.2.1"})
        # The proxy's own connections are not counted as one client's: it may have many more than the limit.
        assert len(gateway.sessions()) == 2


def test_one_address_cannot_fill_the_room_for_opening_connections(start_gateway):
    gateway = start_gateway(limits={"sessions_per_address": 1}, listener={"tls": None})
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(RawClient(gateway.port)) for _ in range(80)]
        wait_until(lambda: gateway.metric("roadstead_accept_pauses_total", cause="address") == 80 - 65, "the others were closed")
        closed = sum(1 for client in clients if client.is_at_end())
        assert closed == 80 - 65


# Others' programs in front.


@contextlib.contextmanager
def running(*command: str, port: int):
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def answers() -> bool:
        assert process.poll() is None, process.stderr.read().decode()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
        return False

    try:
        wait_until(answers, f"{command[0]} listens")
        yield
    finally:
        process.terminate()
        process.wait(10)


HAPROXY = """
defaults
    mode tcp
    timeout connect 5s
    timeout client 1m
    timeout server 1m
frontend public
    bind 127.0.0.1:{port}
    default_backend roadstead
backend roadstead
    server one 127.0.0.1:{gateway} {send}
"""


@pytest.mark.parametrize("send", [
    "send-proxy", "send-proxy-v2", "send-proxy-v2-ssl-cn", "send-proxy-v2 proxy-v2-options crc32c",
    "send-proxy-v2 proxy-v2-options ssl,cert-cn,authority,unique-id,crc32c"])
async def test_behind_haproxy_that_passes_tls_through(start_gateway, tmp_path, send):
    gateway = proxied_gateway(start_gateway)
    port = free_port()
    (tmp_path / "haproxy.cfg").write_text(HAPROXY.format(port=port, gateway=gateway.port, send=send))
    with running(shutil.which("haproxy"), "-db", "-f", str(tmp_path / "haproxy.cfg"), port=port):
        async with connect(gateway, port=port) as client:
            await client.send("hello")
            assert await client.recv() == "hello"
            mine = client.transport.get_extra_info("sockname")[1]
            assert gateway.session(session_id(client))["remote"] == f"127.0.0.1:{mine}"


NGINX = """
daemon off; master_process off; worker_processes 1; pid {directory}/nginx.pid; error_log stderr error;
events {{ worker_connections 200; }}
http {{
    access_log off;
    client_body_temp_path {directory}/body; proxy_temp_path {directory}/proxy; fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi; scgi_temp_path {directory}/scgi;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {certificates}/server.pem; ssl_certificate_key {certificates}/server.key;
        location / {{
            proxy_pass http://127.0.0.1:{gateway}; proxy_http_version 1.1; proxy_set_header Host $http_host;
            proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header X-Forwarded-Host $http_host; proxy_set_header Forwarded "";
            proxy_set_header X-Real-IP $remote_addr; proxy_set_header X-Client-IP ""; proxy_set_header X-Cluster-Client-IP "";
            proxy_set_header True-Client-IP ""; proxy_set_header CF-Connecting-IP "";
        }}
    }}
}}
"""


def nginx(directory: Path) -> list[str]:
    """The command that runs the configuration in this directory."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    return [program, "-p", str(directory), "-e", "stderr", "-c", str(directory / "nginx.conf")]


async def test_behind_nginx_that_terminates_tls(start_gateway, tmp_path):
    async with backends.backend() as backend:
        gateway = start_gateway(listener={"tls": None, "trusted_proxies": ["127.0.0.1"]}, **relay(backend.url))
        port = free_port()
        (tmp_path / "nginx.conf").write_text(
            NGINX.format(directory=tmp_path, port=port, gateway=gateway.port, certificates=gateway.certificates))
        with running(*nginx(tmp_path), port=port):
            # What the client claims for itself stands to the left of what nginx saw, or is cleared.
            claims = {
                "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Host": "evil.example", "Forwarded": "for=203.0.113.9;proto=gopher",
                "X-Real-IP": "203.0.113.9", "X-Client-IP": "203.0.113.9", "CF-Connecting-IP": "203.0.113.9",
            }  # fmt: skip
            async with connect(gateway, "/relay/x", port=port, additional_headers=claims) as client:
                await client.send("hello")
                assert await client.recv() == "hello"
                # nginx on the same machine is itself the only proxy here, so its client 127.0.0.1 is taken for one as well.
                assert gateway.session(session_id(client))["remote"] == "203.0.113.9"
                headers = (await backend.connection()).request.headers
                assert headers["X-Forwarded-For"] == "203.0.113.9, 127.0.0.1, 127.0.0.1"
                assert headers["X-Forwarded-Proto"] == "https"
                assert headers["X-Forwarded-Host"] == f"localhost:{port}"
                assert headers["Forwarded"].startswith("for=127.0.0.1;") and "gopher" not in headers["Forwarded"]
                assert headers.get_all("X-Real-IP") == ["127.0.0.1"]
                assert "X-Client-IP" not in headers and "CF-Connecting-IP" not in headers


# Debian's module, which its own configuration loads from /etc/nginx.
NGINX_STREAM = """
load_module /usr/lib/nginx/modules/ngx_stream_module.so;
daemon off; master_process off; worker_processes 1; pid {directory}/nginx.pid; error_log stderr error;
events {{ worker_connections 200; }}
{stream}
"""


def documented_stream(port: int, gateway_port: int) -> str:
    """The `stream` section that the operations page shows, with these ports of this machine."""
    page = (REPOSITORY / "docs/operations.md").read_text()
    section = re.search(r"^stream \{\n.*?^\}\n", page, re.MULTILINE | re.DOTALL)[0]
    for shown, used in {"listen 443;": f"listen 127.0.0.1:{port};", "10.0.0.5:8443": f"127.0.0.1:{gateway_port}"}.items():
        assert section.count(shown) == 1
        section = section.replace(shown, used)
    return section


async def test_behind_nginx_that_passes_tls_through(start_gateway, tmp_path):
    gateway = proxied_gateway(start_gateway, listener={"trusted_proxies": ["127.0.0.1"]})
    port = free_port()
    (tmp_path / "nginx.conf").write_text(NGINX_STREAM.format(directory=tmp_path, stream=documented_stream(port, gateway.port)))
    with running(*nginx(tmp_path), port=port):
        # The client comes from another address than nginx does.
        plain = socket.create_connection(("127.0.0.1", port), timeout=10, source_address=("127.0.0.2", 0))
        mine = plain.getsockname()[1]
        plain.setblocking(False)
        async with connect(gateway, sock=plain) as client:
            await client.send("hello")
            assert await client.recv() == "hello"
            assert gateway.session(session_id(client))["remote"] == f"127.0.0.2:{mine}"


def test_curl_announces_itself(start_gateway):
    gateway = proxied_gateway(start_gateway)
    command = ["curl", "--silent", "--noproxy", "*", "--haproxy-protocol", "--cacert", gateway.authority, "--max-time", "10",
               "--write-out", "%{http_code} %{local_port}", f"https://localhost:{gateway.port}/nowhere"]
    body = subprocess.run(command, capture_output=True, timeout=20, check=True).stdout.decode()
    status, port = body.splitlines()[-1].split()
    assert status == "404"
    assert gateway.sessions("state=closed")[0]["remote"] == f"127.0.0.1:{port}"


# The wrong protocol on a port.


@pytest.mark.parametrize("piece", [None, 1], ids=["whole", "byte by byte"])
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT"])
def test_plain_http_on_a_port_for_tls_is_told_so(echo_gateway, method, piece):
    request = upgrade_head().replace(b"GET", method.encode())
    with Proxied(echo_gateway, request, secure=False, piece=piece) as client:
        status, fields = client.read_head()
        assert status == 400 and fields["connection"] == "close"
        body = client.reads_to_the_end()
        assert body == b"" if method == "HEAD" else b"port for TLS" in body
    wait_until(lambda: echo_gateway.metric("roadstead_handshake_failures_total", cause="http_request") == 1, "it is counted")
    assert echo_gateway.metric("roadstead_upgrade_refusals_total", status="400") == 1
    assert echo_gateway.sessions() == []


def test_curl_shows_the_answer_to_plain_http(echo_gateway):
    run = subprocess.run(
        ["curl", "--silent", "--noproxy", "*", "--max-time", "10", f"http://localhost:{echo_gateway.port}/echo"], capture_output=True, timeout=20)
    assert run.stdout == b"400 Bad Request: plain HTTP was sent to a port for TLS; use https:// or wss://\n"


def test_tls_on_a_plain_port_is_told_so(start_gateway):
    gateway = start_gateway(listener={"tls": None})
    with Proxied(gateway, bytes.fromhex("1603010200010001fc0303"), secure=False) as client:
        status, _, body = client.read_response()
        assert status == 400 and "TLS" in body
