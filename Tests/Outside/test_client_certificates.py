"""Mutual TLS: who gets in, what the upstream is told of them, and that no ticket gets round it."""

import asyncio
import json
import shutil
import socket
import ssl

import pytest
from websockets.asyncio.client import connect as websockets_connect

import backends
from authority import Authority, openssl
from clients import RawClient, upgrade_head
from gateway import relay
from ports import free_port
from s_client import is_resumed, request, s_client
from waiting import wait_until

HEADER = "Roadstead-Client-Certificate"


@pytest.fixture
def authority(tmp_path) -> Authority:
    return Authority(tmp_path / "clients", "Client Authority")


def asking(mode: str, authority: Authority) -> dict:
    """The listener's TLS section."""
    return {"client_certificates": {"mode": mode, "ca": str(authority.certificate)}}


def context_with(gateway, pair: dict[str, str] | None, version: ssl.TLSVersion | None = None) -> ssl.SSLContext:
    context = gateway.tls_context()
    if pair:
        context.load_cert_chain(pair["certificate"], pair["key"])
    if version:
        context.minimum_version = context.maximum_version = version
    return context


def gets_in(gateway, pair: dict[str, str] | None, version: ssl.TLSVersion | None = None) -> bool:
    """Whether an upgrade succeeds; with TLS 1.3 a client learns of its refusal only when it reads."""
    try:
        with RawClient(gateway.port, context_with(gateway, pair, version)) as client:
            client.upgrade()
            return True
    except (ssl.SSLError, ConnectionResetError, BrokenPipeError, EOFError):
        return False


def flags(pair: dict[str, str]) -> list[str]:
    return ["-cert", pair["certificate"], "-key", pair["key"]]


VERSIONS = pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
OPTIONS = pytest.mark.parametrize("option", ["-tls1_2", "-tls1_3"])


@VERSIONS
def test_a_chain_has_32_kib(start_gateway, authority, version):
    """OpenSSL makes room for all that a peer says it will send."""
    gateway = start_gateway(tls=asking("required", authority))
    for name, count in ("large", 400), ("too-large", 540):
        names = [f"{number:04}.{'x' * 50}.example" for number in range(count)]
        pair = authority.issue(name, *names, usage="clientAuth")
        assert gets_in(gateway, pair, version) == (name == "large")
    assert gateway.metric("roadstead_handshake_failures_total") == 1


@OPTIONS
def test_a_ticket_with_a_long_certificate_is_taken(start_gateway, authority, tmp_path, option):
    gateway = start_gateway(tls=asking("required", authority))
    pair = authority.issue("large", *(f"{number:04}.{'x' * 50}.example" for number in range(400)), usage="clientAuth")
    saved = str(tmp_path / "ticket.pem")
    assert "426" in request(gateway, option, "-sess_out", saved, *flags(pair))
    assert "426" in request(gateway, option, "-sess_in", saved, *flags(pair))


@VERSIONS
@pytest.mark.parametrize("mode", ["optional", "required"])
def test_only_good_certificates_get_in(start_gateway, authority, tmp_path, mode, version):
    stranger = Authority(tmp_path / "strangers", "Strangers")
    gateway = start_gateway(tls=asking(mode, authority), log={"level": "debug"})
    assert gets_in(gateway, authority.client("bot"), version)
    assert gets_in(gateway, None, version) == (mode == "optional")
    bad = {
        "unable to get local issuer certificate": stranger.client("bot"),
        "certificate has expired": authority.client("late", days=(-3, -1)),
        "certificate is not yet valid": authority.client("early", days=(1, 3)),
        # RFC 5280 section 4.2.1.12: it is for servers.
        "purpose": authority.client("server", usage="serverAuth"),
    }
    for words, pair in bad.items():
        before = gateway.metric("roadstead_handshake_failures_total", cause="verify_failed")
        assert not gets_in(gateway, pair, version), words
        wait_until(lambda: gateway.metric("roadstead_handshake_failures_total", cause="verify_failed") == before + 1, words)
        assert words in [line for line in gateway.log.splitlines() if "TLS handshake failed" in line][-1]
    if mode == "required":
        assert gateway.metric("roadstead_handshake_failures_total", cause="certificate_required") == 1


@pytest.mark.parametrize("subject, written", [
    ("/O=Harbour/CN=bot 7", "CN=bot 7,O=Harbour"),
    ("/C=SE/O=Harbour, Inc./OU=Ops+CN=a\\/b", "OU=Ops,C=SE"),
    ("/CN=Grüße", r"CN=Gr\C3\BC\C3\9Fe"),
    ("/CN=quote\"plus\\+", r"CN=quote\"plus\+"),
], ids=["plain", "comma", "utf-8", "specials"])
async def test_the_upstream_is_told_the_subject(start_gateway, authority, subject, written):
    async with backends.backend() as backend:
        gateway = start_gateway(tls=asking("required", authority), **relay(backend.url))
        pair = authority.client("bot", subject=subject)
        async with connect_as(gateway, pair):
            (told,) = (await backend.connection()).request.headers.get_all(HEADER)
    expected = rfc_2253(pair["certificate"])
    assert told == expected and told.isascii() and told.isprintable()
    if "OU=" not in written:
        assert told == written


def rfc_2253(certificate: str) -> str:
    """The subject as openssl writes it."""
    return openssl("x509", "-in", certificate, "-noout", "-subject", "-nameopt", "RFC2253", text=True).stdout.strip().removeprefix("subject=")


def connect_as(gateway, pair: dict[str, str] | None, **options):
    """The `websockets` library with a certificate."""
    return websockets_connect(
        gateway.url("/relay/room"), ssl=context_with(gateway, pair), proxy=None, ping_interval=None, close_timeout=5, **options)


@pytest.mark.parametrize("name", [
    HEADER, HEADER.lower(), HEADER.upper(), "Roadstead_Client_Certificate", "roadstead-client_certificate", "ROADSTEAD_CLIENT-CERTIFICATE",
])
@pytest.mark.parametrize("has_certificate", [False, True], ids=["without", "with"])
async def test_a_client_cannot_name_itself(start_gateway, authority, name, has_certificate):
    async with backends.backend() as backend:
        gateway = start_gateway(tls=asking("optional", authority), **relay(backend.url))
        pair = authority.client("bot") if has_certificate else None
        async with connect_as(gateway, pair, additional_headers={name: "CN=admin"}):
            headers = (await backend.connection()).request.headers
    told = {field.lower().replace("_", "-"): value for field, value in headers.raw_items()}
    assert "CN=admin" not in told.values()
    assert told.get(HEADER.lower()) == ("CN=bot" if has_certificate else None)
    assert len([field for field, _ in headers.raw_items() if "client" in field.lower()]) == (1 if has_certificate else 0)


async def test_without_mutual_tls_nothing_is_told(start_gateway, authority):
    async with backends.backend() as backend:
        gateway = start_gateway(**relay(backend.url))
        async with connect_as(gateway, authority.client("bot"), additional_headers={HEADER: "CN=admin"}):
            assert HEADER not in (await backend.connection()).request.headers


@VERSIONS
async def test_a_resumed_session_has_its_subject(start_gateway, authority, version):
    async with backends.backend() as backend:
        gateway = start_gateway(loops=1, tls=asking("required", authority), **relay(backend.url))
        context = context_with(gateway, authority.client("bot"), version)
        session = None
        for round in range(3):
            plain = socket.create_connection(("127.0.0.1", gateway.port), timeout=10)
            with context.wrap_socket(plain, server_hostname="localhost", session=session) as client:
                assert client.session_reused == (round > 0)
                client.sendall(upgrade_head("/relay/room"))
                # The backend is in this very loop.
                assert (await asyncio.to_thread(client.recv, 4096)).startswith(b"HTTP/1.1 101")
                session = client.session
                connection = await backend.connection()
                assert connection.request.headers[HEADER] == "CN=bot"


@OPTIONS
def test_a_ticket_is_no_way_round_a_new_demand(start_gateway, authority, tmp_path, option):
    gateway = start_gateway(tls=asking("none", authority))
    saved = str(tmp_path / "ticket.pem")
    said = request(gateway, option, "-sess_out", saved)
    assert "426" in said
    assert is_resumed(request(gateway, option, "-sess_in", saved))
    change(gateway, asking("required", authority))
    said = request(gateway, option, "-sess_in", saved)
    assert "HTTP/1.1" not in said
    wait_until(lambda: gateway.metric("roadstead_handshake_failures_total", cause="certificate_required") == 1, "it was refused")


@OPTIONS
def test_a_ticket_of_one_listener_is_none_of_another(start_gateway, authority, tmp_path, option):
    gateway = start_gateway(tls=asking("none", authority))
    gateway.stop()
    strict = {**gateway.configuration["listeners"][0], "name": "strict", "address": f"127.0.0.1:{free_port()}"}
    strict["tls"] = {**strict["tls"], **asking("required", authority)}
    gateway.configuration["listeners"].append(strict)
    gateway.start()
    saved = str(tmp_path / "ticket.pem")
    request(gateway, option, "-sess_out", saved)
    assert is_resumed(request(gateway, option, "-sess_in", saved))
    assert "HTTP/1.1" not in request(gateway, option, "-sess_in", saved, port=int(strict["address"].rpartition(":")[2]))


@OPTIONS
@pytest.mark.parametrize("same_path", [True, False], ids=["same-file", "other-file"])
def test_a_ticket_is_no_way_round_a_new_authority(start_gateway, authority, tmp_path, option, same_path):
    other, trusted = Authority(tmp_path / "other", "Other Authority"), tmp_path / "trusted.pem"
    shutil.copy(authority.certificate, trusted)
    gateway = start_gateway(tls={"client_certificates": {"mode": "required", "ca": str(trusted)}})
    pair, saved = authority.client("bot"), str(tmp_path / "ticket.pem")
    assert "426" in request(gateway, option, "-sess_out", saved, *flags(pair))
    assert is_resumed(request(gateway, option, "-sess_in", saved, *flags(pair)))
    # A reload that changes nothing here lets tickets live.
    change(gateway, {})
    assert is_resumed(request(gateway, option, "-sess_in", saved, *flags(pair)))
    if same_path:
        shutil.copy(other.certificate, trusted)
        change(gateway, {})
    else:
        change(gateway, asking("required", other))
    assert "HTTP/1.1" not in request(gateway, option, "-sess_in", saved, *flags(pair))
    assert "426" in request(gateway, option, *flags(other.client("bot")))


@OPTIONS
def test_a_ticket_does_not_outlive_its_certificate(start_gateway, authority, tmp_path, option):
    gateway = start_gateway(tls=asking("required", authority))
    # Five seconds.
    pair, saved = authority.client("brief", days=(-1, 5 / 86400)), str(tmp_path / "ticket.pem")
    assert "426" in request(gateway, option, "-sess_out", saved, *flags(pair))
    assert is_resumed(request(gateway, option, "-sess_in", saved, *flags(pair)))
    wait_until(lambda: "HTTP/1.1" not in request(gateway, option, "-sess_in", saved, *flags(pair)), "the certificate has expired", 15)
    wait_until(lambda: gateway.metric("roadstead_handshake_failures_total", cause="verify_failed") == 1, "it was verified again")


def test_clients_are_told_which_authority_counts(start_gateway, authority):
    gateway = start_gateway(tls=asking("optional", authority))
    assert "CN = Client Authority" in s_client(gateway)
    assert "No client certificate CA names sent" in s_client(start_gateway())


def change(gateway, tls: dict) -> None:
    """Reloads with these keys in the listener's TLS section."""
    gateway.configuration["listeners"][0]["tls"].update(tls)
    (gateway.directory / "roadstead.yaml").write_text(json.dumps(gateway.configuration, indent=2))
    answer = gateway.request("POST", "/api/v1/reload")
    assert answer.status == 200 and answer.json["pending_restart"] == [], answer
