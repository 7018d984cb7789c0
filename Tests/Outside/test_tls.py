"""TLS as `openssl s_client` and Python's ssl see it: versions, ciphers, ALPN, server names, resumption, and what is refused."""

import asyncio
import json
import re
import signal
import subprocess
from pathlib import Path

import pytest

from authority import Authority, fingerprint
from clients import TEXT, RawClient, connect, frame
from s_client import REQUEST, is_resumed, request, s_client, shown_fingerprint
from waiting import wait_until

BOTH = pytest.mark.parametrize("option", ["-tls1_2", "-tls1_3"])


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls") / "authority")


@pytest.mark.parametrize("option, version", [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")])
def test_a_modern_version_is_spoken(echo_gateway, option, version):
    said = s_client(echo_gateway, option)
    assert f"New, {version}" in said
    assert "Verify return code: 0 (ok)" in said
    assert "Compression: NONE" in said


@pytest.mark.parametrize("option", ["-tls1", "-tls1_1"])
def test_an_old_version_is_refused(echo_gateway, option):
    # Debian's client must be talked into offering it.
    said = s_client(echo_gateway, option, "-cipher", "DEFAULT@SECLEVEL=0")
    assert "alert protocol version" in said
    assert "Cipher is (NONE)" in said
    wait_until(lambda: echo_gateway.metric("roadstead_handshake_failures_total", cause="unsupported_version") == 1, "it is counted")


def test_the_minimum_version_can_be_raised(start_gateway):
    gateway = start_gateway(tls={"minimum_version": "1.3"})
    assert "alert protocol version" in s_client(gateway, "-tls1_2")
    assert "New, TLSv1.3" in s_client(gateway, "-tls1_3")


def test_only_forward_secret_authenticated_ciphers_are_left_for_1_2(echo_gateway):
    assert "ECDHE" in s_client(echo_gateway, "-tls1_2")
    for weak in ("AES128-SHA", "AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-SHA"):
        assert "Cipher is (NONE)" in s_client(echo_gateway, "-tls1_2", "-cipher", f"{weak}:@SECLEVEL=0")
    assert echo_gateway.metric("roadstead_handshake_failures_total", cause="no_shared_cipher") == 3


def test_the_ciphers_of_1_2_can_be_named(start_gateway):
    gateway = start_gateway(tls={"ciphers": "ECDHE-ECDSA-CHACHA20-POLY1305"})
    assert "Cipher is ECDHE-ECDSA-CHACHA20-POLY1305" in s_client(gateway, "-tls1_2")
    assert "Cipher is (NONE)" in s_client(gateway, "-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256")
    # The key goes for 1.2 alone.
    assert "Cipher is TLS_AES_128_GCM_SHA256" in s_client(gateway, "-tls1_3")


def test_a_cipher_list_without_a_cipher_is_an_error(start_gateway):
    with pytest.raises(AssertionError, match="ended with 2") as failed:
        start_gateway(tls={"ciphers": "NO-SUCH"})
    assert re.search(r"roadstead\.yaml:\d+:\d+: listeners\[0\]\.tls\.ciphers: no known cipher", str(failed.value))


# Application protocols

def test_http_1_1_is_negotiated_by_alpn(echo_gateway):
    assert "ALPN protocol: http/1.1" in s_client(echo_gateway, "-alpn", "h2,http/1.1")
    assert "No ALPN negotiated" in s_client(echo_gateway)


@pytest.mark.parametrize("offer", ["h2", "h2,spdy/3", "http/1.0", "HTTP/1.1"])
def test_a_client_without_http_1_1_is_told_so(echo_gateway, offer):
    # RFC 7301 section 3.2, and what nginx does.
    assert "alert no application protocol" in s_client(echo_gateway, "-alpn", offer)
    wait_until(lambda: echo_gateway.metric("roadstead_handshake_failures_total", cause="no_application_protocol") == 1, "it is counted")


# Server names

@pytest.fixture(scope="module")
def pairs(authority) -> dict[str, dict[str, str]]:
    """Certificates for names that overlap, by file name, in the order in which a gateway gets them."""
    return {
        "default": authority.issue("default", "localhost"),
        "wild": authority.issue("wild", "*.harbour.example"),
        "exact": authority.issue("exact", "pier.harbour.example", "HARBOUR.example"),
        # bücher.example.
        "international": authority.issue("international", "xn--bcher-kva.example"),
        "rsa": authority.issue("rsa", "*.harbour.example", kind="rsa"),
        "late": authority.issue("late", "pier.harbour.example", "quay.harbour.example"),
    }


@pytest.fixture
def many_names(start_gateway, authority, pairs):
    """A gateway with these certificates: which one it shows for a name."""
    prints = {fingerprint(pair["certificate"]): name for name, pair in pairs.items()}
    gateway = start_gateway(tls={"certificates": list(pairs.values())})

    def shown(name: str | None, *options: str) -> str:
        said = s_client(gateway, *(["-servername", name] if name else ["-noservername"]), *options, authority=authority.certificate)
        return prints[shown_fingerprint(said)]

    return shown


@BOTH
@pytest.mark.parametrize("name, certificate", [
    ("localhost", "default"), (None, "default"), ("unknown.example", "default"), ("LOCALHOST", "default"),
    ("a.harbour.example", "wild"), ("A.HARBOUR.Example", "wild"), ("pier.harbour.example", "exact"), ("Pier.Harbour.Example", "exact"),
    ("harbour.example", "exact"), ("a.b.harbour.example", "default"), ("xharbour.example", "default"),
    ("quay.harbour.example", "late"),
    ("xn--bcher-kva.example", "international"), ("XN--BCHER-KVA.example", "international"),
])
def test_sni_picks_the_certificate(many_names, option, name, certificate):
    assert many_names(name, option) == certificate


@BOTH
def test_a_client_without_ecdsa_gets_the_rsa_certificate_of_the_name(many_names, option):
    assert many_names("a.harbour.example", option, "-sigalgs", "ECDSA+SHA256") == "wild"
    assert many_names("a.harbour.example", option, "-sigalgs", "RSA-PSS+SHA256:RSA+SHA256") == "rsa"
    # With both, the faster one.
    assert many_names("a.harbour.example", option) == "wild"


def test_a_client_without_the_only_algorithm_is_refused(echo_gateway):
    assert "alert handshake failure" in s_client(echo_gateway, "-tls1_3", "-sigalgs", "RSA-PSS+SHA256")
    wait_until(lambda: echo_gateway.metric("roadstead_handshake_failures_total", cause="no_shared_cipher") == 1, "it is counted")


# Tickets

@BOTH
def test_a_session_is_resumed(echo_gateway, tmp_path, option):
    saved = str(tmp_path / "session.pem")
    assert not is_resumed(request(echo_gateway, option, "-sess_out", saved))
    assert is_resumed(request(echo_gateway, option, "-sess_in", saved))
    assert echo_gateway.metric("roadstead_handshake_duration_seconds_count", resumed="true") >= 1


def test_each_ticket_of_tls_1_3_brings_the_next_one(echo_gateway, tmp_path):
    """RFC 8446, appendix C.4: a client uses each ticket once, as browsers do; `-sess_out` writes what is new."""
    saved = [str(tmp_path / str(number)) for number in range(5)]
    assert not is_resumed(request(echo_gateway, "-tls1_3", "-sess_out", saved[0]))
    for before, after in zip(saved, saved[1:]):
        assert is_resumed(request(echo_gateway, "-tls1_3", "-sess_in", before, "-sess_out", after))
    assert len({Path(one).read_text() for one in saved}) == len(saved)


@BOTH
def test_resumption_can_be_turned_off(start_gateway, tmp_path, option):
    gateway = start_gateway(tls={"session_tickets": False})
    saved = tmp_path / "session.pem"
    said = request(gateway, option, "-sess_out", str(saved))
    assert "TLS session ticket:" not in said and "Post-Handshake New Session Ticket" not in said
    assert not saved.exists() or not is_resumed(request(gateway, option, "-sess_in", str(saved)))


def test_a_tampered_ticket_gets_a_full_handshake(echo_gateway, tmp_path):
    saved = tmp_path / "session.pem"
    request(echo_gateway, "-tls1_3", "-sess_out", str(saved))
    der = tmp_path / "session.der"
    subprocess.run(["openssl", "sess_id", "-in", saved, "-outform", "DER", "-out", der], check=True, capture_output=True, timeout=20)
    spoilt = bytearray(der.read_bytes())
    # The ticket is the longest string in it.
    ticket = max(re.finditer(rb"\x04\x81(.)|\x04\x82(..)", bytes(spoilt), re.DOTALL), key=lambda m: int.from_bytes(m[1] or m[2], "big"))
    spoilt[ticket.end() + 60] ^= 0xFF
    der.write_bytes(spoilt)
    changed = tmp_path / "changed.pem"
    subprocess.run(["openssl", "sess_id", "-inform", "DER", "-in", der, "-out", changed], check=True, capture_output=True, timeout=20)
    assert is_resumed(request(echo_gateway, "-tls1_3", "-sess_in", str(saved)))
    assert not is_resumed(request(echo_gateway, "-tls1_3", "-sess_in", str(changed)))


def test_early_data_is_not_taken(echo_gateway, tmp_path):
    saved, early = str(tmp_path / "session.pem"), tmp_path / "early"
    early.write_bytes(REQUEST.encode())
    said = request(echo_gateway, "-tls1_3", "-sess_out", saved)
    assert "Max Early Data: 0" in said
    # A client that tries in spite of that finds that its ticket does not allow it.
    said = request(echo_gateway, "-tls1_3", "-sess_in", saved, "-early_data", str(early))
    assert "Early data was not sent" in said and "426" in said


# Renegotiation and key updates

def test_renegotiation_is_refused(echo_gateway):
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{echo_gateway.port}", "-CAfile", str(echo_gateway.authority), "-tls1_2"]
    run = subprocess.run(command, input="R\n", capture_output=True, text=True, timeout=20)
    said = run.stdout + run.stderr
    assert "RENEGOTIATING" in said and "no renegotiation" in said


def test_a_flood_of_renegotiations_harms_nobody(echo_gateway):
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{echo_gateway.port}", "-CAfile", str(echo_gateway.authority), "-tls1_2"]
    before = echo_gateway.metric("roadstead_handshake_duration_seconds_count")
    with RawClient.tls(echo_gateway) as bystander:
        bystander.upgrade()
        for _ in range(20):
            subprocess.run(command, input="R\n" * 10, capture_output=True, text=True, timeout=20)
        bystander.send(frame(TEXT, b"here"))
        assert bystander.read_message() == (TEXT, b"here")
    # One handshake a connection, however often another was asked for.
    assert echo_gateway.metric("roadstead_handshake_duration_seconds_count") == before + 21


def test_key_updates_are_answered(echo_gateway, tmp_path):
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{echo_gateway.port}", "-CAfile", str(echo_gateway.authority), "-tls1_3", "-crlf"]
    said = tmp_path / "said"
    with said.open("wb") as output, subprocess.Popen(command, stdin=subprocess.PIPE, stdout=output, stderr=output) as client:
        wait_until(lambda: b"Verify return code: 0 (ok)" in said.read_bytes(), "it is connected")
        # K asks the gateway for new keys too. One at a time: s_client takes no more than one command from a read.
        for count, letter in enumerate(b"KkKK", start=1):
            client.stdin.write(bytes([letter]) + b"\n")
            client.stdin.flush()
            wait_until(lambda: said.read_bytes().count(b"KEYUPDATE") == count, "s_client has done it")
        client.stdin.write(b"GET /echo HTTP/1.1\nHost: localhost\n\n")
        client.stdin.flush()
        wait_until(lambda: b"HTTP/1.1 426" in said.read_bytes(), "both sides have each other's new keys")
        client.stdin.close()
        client.wait(10)


# The session

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


# Expiry

def test_a_certificate_that_ends_soon_is_warned_of(start_gateway, authority):
    pairs = [authority.issue("fine", "fine.example", days=(-1, 20)), authority.issue("soon", "soon.example", days=(-1, 13.5)),
             authority.issue("gone", "gone.example", days=(-3, -1))]
    gateway = start_gateway(tls={"certificates": pairs}, log={"format": "json"})
    lines = [json.loads(line) for line in gateway.log.splitlines() if '"certificate' in line]
    assert [(line["level"], line["msg"], line["name"], line["days_left"]) for line in lines] == [
        ("warning", "certificate expires soon", "soon.example", 13), ("error", "certificate has expired", "gone.example", 0)]
    assert [line["certificate"] for line in lines] == [pair["certificate"] for pair in pairs[1:]]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT.*Z", line["expires"]) for line in lines)
    assert Path(lines[0]["certificate"]).exists()


@pytest.mark.parametrize("steps", [1, 64])
async def test_handshakes_that_come_at_once_take_turns(start_gateway, steps):
    gateway = start_gateway(loops=1, listener={"handshakes_per_wakeup": steps})
    # All hellos are there when it wakes up.
    gateway.process.send_signal(signal.SIGSTOP)
    coming = [asyncio.ensure_future(connect(gateway)) for _ in range(20)]
    await asyncio.sleep(0.5)
    gateway.process.send_signal(signal.SIGCONT)
    for client in await asyncio.gather(*coming):
        await client.close()
    deferred = gateway.metric("roadstead_handshakes_deferred_total")
    assert (deferred >= 10) == (steps == 1), deferred
