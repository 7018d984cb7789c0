"""TLS as `openssl s_client` and Python's ssl see it."""

import re
import ssl
import subprocess
from pathlib import Path

import pytest

from clients import RawClient, connect
from waiting import wait_until


def s_client(gateway, *options: str, send: str = "") -> str:
    """Everything that s_client says; it reads until the gateway closes when it has something to send."""
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{gateway.port}", "-CAfile", str(gateway.authority), *options]
    run = subprocess.run(command + (["-ign_eof"] if send else []), input=send, capture_output=True, text=True, timeout=20)
    return run.stdout + run.stderr


def self_signed(directory: Path, name: str, *names: str) -> dict[str, str]:
    """A certificate for these names, made by openssl."""
    certificate, key = directory / f"{name}.pem", directory / f"{name}.key"
    alternatives = ",".join(f"DNS:{one}" for one in names)
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    command += ["-subj", f"/CN={name}", "-addext", f"subjectAltName={alternatives}", "-keyout", key, "-out", certificate]
    subprocess.run(command, check=True, capture_output=True, timeout=20)
    return {"certificate": str(certificate), "key": str(key)}


@pytest.mark.parametrize("option, version", [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")])
def test_a_modern_version_is_spoken(echo_gateway, option, version):
    said = s_client(echo_gateway, option)
    assert f"New, {version}" in said
    assert "Verify return code: 0 (ok)" in said


@pytest.mark.parametrize("option", ["-tls1", "-tls1_1"])
def test_an_old_version_is_refused(echo_gateway, option):
    # Debian's client must be talked into offering it.
    said = s_client(echo_gateway, option, "-cipher", "DEFAULT@SECLEVEL=0")
    assert "alert protocol version" in said
    assert "Cipher is (NONE)" in said
    wait_until(lambda: echo_gateway.metric("roadstead_handshake_failures_total") == 1, "the failure is counted")


def test_the_minimum_version_can_be_raised(start_gateway):
    gateway = start_gateway(tls={"minimum_version": "1.3"})
    assert "alert protocol version" in s_client(gateway, "-tls1_2")
    assert "New, TLSv1.3" in s_client(gateway, "-tls1_3")


def test_only_forward_secret_authenticated_ciphers_are_left_for_1_2(echo_gateway):
    assert "ECDHE" in s_client(echo_gateway, "-tls1_2")
    for weak in ("AES128-SHA", "AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-SHA"):
        assert "Cipher is (NONE)" in s_client(echo_gateway, "-tls1_2", "-cipher", f"{weak}:@SECLEVEL=0")


def test_http_1_1_is_negotiated_by_alpn(echo_gateway):
    assert "ALPN protocol: http/1.1" in s_client(echo_gateway, "-alpn", "h2,http/1.1")


def test_a_client_without_http_1_1_is_told_so(echo_gateway):
    said = s_client(echo_gateway, "-alpn", "h2")
    assert "alert no application protocol" in said


def test_sni_picks_the_certificate(start_gateway, certificates, tmp_path):
    pairs = [
        {"certificate": str(certificates / "server.pem"), "key": str(certificates / "server.key")},
        self_signed(tmp_path, "harbour", "harbour.example", "*.wild.example"),
    ]
    gateway = start_gateway(tls={"certificates": pairs})

    def names_for(server_name: str) -> str:
        options = ["-servername", server_name] if server_name else ["-noservername"]
        shown = s_client(gateway, *options)
        return subprocess.run(["openssl", "x509", "-noout", "-ext", "subjectAltName"], input=shown, capture_output=True, text=True).stdout

    assert "DNS:localhost" in names_for("localhost")
    assert "DNS:harbour.example" in names_for("harbour.example")
    assert "DNS:harbour.example" in names_for("a.wild.example")
    assert "DNS:localhost" in names_for("a.b.wild.example")
    assert "DNS:localhost" in names_for("unknown.example")
    assert "DNS:localhost" in names_for("")


@pytest.mark.parametrize("option", ["-tls1_2", "-tls1_3"])
def test_a_session_is_resumed(echo_gateway, tmp_path, option):
    # A plain request, so that the gateway answers, and closes, only after its ticket has come.
    request = "GET /echo HTTP/1.1\nHost: localhost\n\n"
    saved = str(tmp_path / "session.pem")
    assert "New, TLS" in s_client(echo_gateway, option, "-crlf", "-sess_out", saved, send=request)
    assert "Reused, TLS" in s_client(echo_gateway, option, "-crlf", "-sess_in", saved, send=request)
    assert echo_gateway.metric("roadstead_handshake_duration_seconds_count", resumed="true") >= 1


def test_resumption_can_be_turned_off(start_gateway, tmp_path):
    gateway = start_gateway(tls={"session_tickets": False})
    request, saved = "GET /echo HTTP/1.1\nHost: localhost\n\n", tmp_path / "session.pem"
    said = s_client(gateway, "-tls1_2", "-crlf", "-sess_out", str(saved), send=request)
    assert "New, TLSv1.2" in said and "TLS session ticket:" not in said
    assert "Reused" not in s_client(gateway, "-tls1_2", "-crlf", "-sess_in", str(saved), send=request)


async def test_a_required_client_certificate_is_demanded(start_gateway, certificates):
    gateway = start_gateway(tls={"client_certificates": {"mode": "required", "ca": str(certificates / "ca.pem")}})
    with pytest.raises((ssl.SSLError, OSError)):
        with RawClient.tls(gateway) as stranger:
            stranger.upgrade()
    context = gateway.tls_context()
    context.load_cert_chain(certificates / "client.pem", certificates / "client.key")
    with RawClient(gateway.port, context) as known:
        assert "roadstead-session" in known.upgrade()


def test_close_notify_is_answered(echo_gateway):
    with RawClient.tls(echo_gateway) as client:
        client.upgrade()
        # unwrap() sends close_notify and fails unless the peer's comes back.
        client.socket.unwrap()


async def test_the_session_tells_how_it_is_encrypted(echo_gateway):
    async with connect(echo_gateway) as client:
        tls = echo_gateway.session(client.response.headers["Roadstead-Session"])["tls"]
        assert re.fullmatch(r"TLSv1\.3|1\.3", tls["version"])
        assert tls["cipher"] == client.transport.get_extra_info("cipher")[0]
        assert tls["server_name"] == "localhost"


def test_plain_http_to_the_tls_port_does_no_harm(echo_gateway):
    with RawClient.tls(echo_gateway) as bystander:
        bystander.upgrade()
        for request in (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"\x00" * 512, b"\x16\x03\x01\xff\xff" + b"\xaa" * 512):
            with RawClient(echo_gateway.port) as stranger:
                stranger.send(request)
                # Whatever comes back, an alert or nothing, the stream ends.
                try:
                    while stranger.socket.recv(4096):
                        pass
                except ConnectionResetError:
                    pass
        assert echo_gateway.metric("roadstead_handshake_failures_total") == 3
        bystander.send(b"\x81\x80\x00\x00\x00\x00")
        assert bystander.read_message() == (1, b"")


def test_a_handshake_that_does_not_end_is_cut(start_gateway):
    gateway = start_gateway(routes=[{"name": "echo", "match": {"path": "/echo"}, "echo": True, "timeouts": {"handshake": "1s"}}])
    with RawClient(gateway.port) as silent:
        silent.read_end()
    records = wait_until(lambda: gateway.sessions("state=closed"), "the end is on record")
    assert records[0]["close"]["cause"] == "handshake_timeout"
    assert records[0]["close"]["stage"] == "handshaking"
