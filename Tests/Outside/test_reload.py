"""The configuration read again under running sessions: by SIGHUP and by the admin API."""

import asyncio
import json
import shutil
import signal
import ssl
import time
from pathlib import Path

import pytest

from websockets.asyncio.client import connect as websockets_connect

from authority import Authority, fingerprint
from clients import TEXT, RawClient, connect, frame, refusal
from gateway import relay
from ports import free_port
from recording import recording_backend
from s_client import is_resumed, request, s_client, shown_fingerprint
from test_pool import exchange, warm
from waiting import eventually, wait_until


@pytest.fixture
def authority(tmp_path) -> Authority:
    return Authority(tmp_path / "authority")


@pytest.fixture
def site(authority, tmp_path) -> "Site":
    return Site(authority, tmp_path)


class Site:
    """A certificate for localhost at fixed paths, that can be renewed."""

    def __init__(self, authority: Authority, directory: Path):
        self.authority = authority
        self.pair = {"certificate": str(directory / "site.pem"), "key": str(directory / "site.key")}
        self._issued = 0
        self.renew()

    def renew(self, **options) -> str:
        """Puts a new certificate where the old one was; returns its fingerprint."""
        self._issued += 1
        issued = self.authority.issue(f"site-{self._issued}", "localhost", **options)
        for part, path in issued.items():
            shutil.copy(path, self.pair[part])
        return fingerprint(self.pair["certificate"])

    def context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.authority.certificate))


def write(gateway) -> None:
    """Writes what the gateway's `configuration` says now over the file."""
    (gateway.directory / "roadstead.yaml").write_text(json.dumps(gateway.configuration, indent=2))


def reload(gateway) -> dict:
    """A reload that must be taken."""
    answer = gateway.request("POST", "/api/v1/reload")
    assert answer.status == 200, answer
    return answer.json


def shown(gateway, authority) -> str:
    return shown_fingerprint(s_client(gateway, authority=authority.certificate))


def reloads(gateway, result: str) -> float:
    return gateway.metric("roadstead_config_reloads_total", result=result)


@pytest.mark.parametrize("way", ["signal", "api"])
def test_a_new_certificate_is_shown_and_open_sessions_do_not_notice(start_gateway, site, way):
    gateway = start_gateway(tls={"certificates": [site.pair]})
    old = shown(gateway, site.authority)
    with RawClient(gateway.port, site.context()) as session:
        session.upgrade()
        new = site.renew()
        assert new != old and shown(gateway, site.authority) == old, "it was read without being asked"
        if way == "api":
            assert reload(gateway) == {"generation": 2, "pending_restart": []}
        else:
            gateway.process.send_signal(signal.SIGHUP)
            wait_until(lambda: reloads(gateway, "success") == 1, "it has been read again")
        assert shown(gateway, site.authority) == new
        session.send(frame(TEXT, b"still here"))
        assert session.read_message() == (TEXT, b"still here")
    assert gateway.get("/api/v1/info").json["config_generation"] == 2
    assert (reloads(gateway, "success"), reloads(gateway, "failure")) == (1, 0)
    (line,) = [line for line in gateway.log.splitlines() if 'msg="configuration reloaded"' in line]
    assert "level=notice" in line and "generation=2" in line and ("by=api" in line or "by=SIGHUP" in line)


def test_the_expiry_metric_follows(start_gateway, site):
    gateway = start_gateway(tls={"certificates": [site.pair]})

    def left() -> float:
        return gateway.metric("roadstead_tls_certificate_expiry_timestamp_seconds", server_name="localhost") - time.time()

    before = left()
    site.renew(days=(-1, 25))
    reload(gateway)
    assert left() == pytest.approx(before + 5 * 86400, abs=60)


def broken(name: str):
    """Ways to spoil the pair of a site or the configuration, and the words of the error."""

    def apply(gateway, site: Site) -> str:
        certificate, key = Path(site.pair["certificate"]), Path(site.pair["key"])
        if name == "foreign-key":
            shutil.copy(site.authority.issue("other", "localhost")["key"], key)
            return "does not fit"
        if name == "vanished":
            certificate.unlink()
            return "cannot read"
        if name == "unreadable":
            certificate.unlink()
            certificate.mkdir()
            return "Is a directory"
        if name == "half-written":
            certificate.write_text(certificate.read_text()[:200])
            return "no readable PEM certificate"
        if name == "ciphers":
            gateway.configuration["listeners"][0]["tls"]["ciphers"] = "NONSENSE"
            return "no known cipher"
        if name == "authority":
            gateway.configuration["listeners"][0]["tls"]["client_certificates"] = {"mode": "optional", "ca": site.pair["key"]}
            return "no readable PEM certificate"
        if name == "unknown-key":
            gateway.configuration["lissteners"] = []
            return "did you mean"
        gateway.configuration["routes"] = "none"
        return "expected"

    return apply


@pytest.mark.parametrize("way", ["foreign-key", "vanished", "unreadable", "half-written", "ciphers", "authority", "unknown-key", "type"])
def test_a_bad_configuration_is_refused_whole(start_gateway, site, way):
    gateway = start_gateway(tls={"certificates": [site.pair]}, log={"level": "info"})
    old = shown(gateway, site.authority)
    # What could be taken is not taken either.
    gateway.configuration["log"]["level"] = "debug"
    words = broken(way)(gateway, site)
    write(gateway)
    with RawClient(gateway.port, site.context()) as session:
        session.upgrade()
        answer = gateway.request("POST", "/api/v1/reload")
        assert answer.status == 422 and answer.headers["content-type"] == "application/problem+json"
        (error,) = [error for error in answer.json["errors"] if words in error]
        assert error.startswith(f"{gateway.directory / 'roadstead.yaml'}:")
        place = error.removeprefix(f"{gateway.directory / 'roadstead.yaml'}:").split(":")
        assert int(place[0]) > 0 and int(place[1]) > 0
        assert "configuration refused" in gateway.log and words in gateway.log
        assert shown(gateway, site.authority) == old
        session.send(frame(TEXT, b"still here"))
        assert session.read_message() == (TEXT, b"still here")
    assert gateway.get("/api/v1/info").json["config_generation"] == 1
    assert (reloads(gateway, "success"), reloads(gateway, "failure")) == (0, 1)
    assert "level=debug" not in gateway.log


def test_every_mistake_is_told(start_gateway, site):
    gateway = start_gateway(tls={"certificates": [site.pair]})
    gateway.configuration["loops"] = "many"
    gateway.configuration["drain"] = {"period": "soon"}
    write(gateway)
    gateway.process.send_signal(signal.SIGHUP)
    wait_until(lambda: reloads(gateway, "failure") == 1, "it was refused")
    refused = [line for line in gateway.log.splitlines() if "configuration refused" in line]
    assert len(refused) == 2 and all("level=error" in line and "roadstead.yaml:" in line for line in refused)


def test_a_refused_reload_is_mended_by_the_next(start_gateway, site):
    gateway = start_gateway(tls={"certificates": [site.pair]})
    key = Path(site.pair["key"]).read_bytes()
    new = site.renew()
    fitting = Path(site.pair["key"]).read_bytes()
    Path(site.pair["key"]).write_bytes(key)
    assert gateway.request("POST", "/api/v1/reload").status == 422
    Path(site.pair["key"]).write_bytes(fitting)
    reload(gateway)
    assert shown(gateway, site.authority) == new


def test_the_log_level_changes_at_once(start_gateway, site):
    gateway = start_gateway(tls={"certificates": [site.pair]}, log={"level": "warning"})
    with RawClient(gateway.port, site.context()) as session:
        session.upgrade()
    gateway.configuration["log"]["level"] = "debug"
    write(gateway)
    assert reload(gateway)["pending_restart"] == []
    with RawClient(gateway.port, site.context()) as session:
        identifier = session.upgrade()["roadstead-session"]
    wait_until(lambda: 'msg="session closed"' in gateway.log, "the session's end is told")
    assert gateway.log.count('msg="session opened"') == 1 and identifier in gateway.log


def test_flags_go_over_the_file_at_a_reload_too(start_gateway, site):
    gateway = start_gateway(tls={"certificates": [site.pair]}, log={"level": "warning"}, flags=("--log-level", "info"))
    gateway.configuration["log"]["level"] = "error"
    write(gateway)
    reload(gateway)
    assert "configuration reloaded" in gateway.log


def test_what_needs_a_restart_is_named(start_gateway, site):
    gateway = start_gateway(tls={"certificates": [site.pair]}, **relay("ws://127.0.0.1:1", upstream={"health": {"kind": "none"}}))
    gateway.configuration["routes"][0]["match"]["path"] = "/other"
    gateway.configuration["limits"] = {"sessions": 7}
    gateway.configuration["listeners"].append({"name": "second", "address": f"127.0.0.1:{free_port()}"})
    gateway.configuration["log"] = {"format": "json"}
    write(gateway)
    assert reload(gateway) == {"generation": 2, "pending_restart": ["listeners", "routes", "limits", "log"]}
    (line,) = [line for line in gateway.log.splitlines() if "changes wait for a restart" in line]
    assert "level=warning" in line and "sections=listeners,routes,limits,log" in line
    with RawClient(gateway.port, site.context()) as session:
        assert "roadstead-session" in session.upgrade("/echo")
    # Taken back: nothing waits any more.
    gateway.configuration["routes"][0]["match"]["path"] = "/echo"
    for section in ("limits", "log"):
        del gateway.configuration[section]
    del gateway.configuration["listeners"][1]
    write(gateway)
    assert reload(gateway) == {"generation": 3, "pending_restart": []}


def test_versions_and_ciphers_change(start_gateway, site):
    gateway = start_gateway(tls={"certificates": [site.pair]})
    assert "New, TLSv1.2" in s_client(gateway, "-tls1_2", authority=site.authority.certificate)
    tls = gateway.configuration["listeners"][0]["tls"]
    tls["ciphers"] = "ECDHE-ECDSA-AES256-GCM-SHA384"
    write(gateway)
    assert reload(gateway)["pending_restart"] == []
    assert "Cipher is ECDHE-ECDSA-AES256-GCM-SHA384" in s_client(gateway, "-tls1_2", authority=site.authority.certificate)
    tls["minimum_version"] = "1.3"
    write(gateway)
    reload(gateway)
    assert "alert protocol version" in s_client(gateway, "-tls1_2", authority=site.authority.certificate)
    assert "New, TLSv1.3" in s_client(gateway, authority=site.authority.certificate)


@pytest.mark.parametrize("option", ["-tls1_2", "-tls1_3"])
def test_tickets_from_before_the_reload_are_good_after_it(start_gateway, site, tmp_path, option):
    gateway = start_gateway(loops=2, tls={"certificates": [site.pair]})
    saved = str(tmp_path / "ticket.pem")
    assert not is_resumed(request(gateway, option, "-sess_out", saved, authority=site.authority.certificate))
    for _ in range(3):
        site.renew()
        reload(gateway)
        assert is_resumed(request(gateway, option, "-sess_in", saved, authority=site.authority.certificate))


@pytest.mark.parametrize("option", ["-tls1_2", "-tls1_3"])
def test_tickets_can_be_turned_off_and_on(start_gateway, site, tmp_path, option):
    gateway = start_gateway(tls={"certificates": [site.pair]})
    tls, saved = gateway.configuration["listeners"][0]["tls"], str(tmp_path / "ticket.pem")
    request(gateway, option, "-sess_out", saved, authority=site.authority.certificate)
    tls["session_tickets"] = False
    write(gateway)
    reload(gateway)
    assert not is_resumed(request(gateway, option, "-sess_in", saved, authority=site.authority.certificate))
    tls["session_tickets"] = True
    write(gateway)
    reload(gateway)
    # Those keys are gone.
    assert not is_resumed(request(gateway, option, "-sess_in", saved, authority=site.authority.certificate))


def test_a_handshake_that_is_under_way_goes_on(start_gateway, site):
    gateway = start_gateway(tls={"certificates": [site.pair]})
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = site.context().wrap_bio(incoming, outgoing, server_hostname="localhost")
    with RawClient(gateway.port) as client:
        with pytest.raises(ssl.SSLWantReadError):
            tls.do_handshake()
        hello = outgoing.read()
        client.send(hello[:100])
        wait_until(lambda: gateway.sessions("state=open"), "the connection has been accepted")
        old = fingerprint(site.pair["certificate"])
        site.renew()
        reload(gateway)
        client.send(hello[100:])
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                if outgoing.pending:
                    client.send(outgoing.read())
                incoming.write(client.socket.recv(65536))
        shown_now = ssl.DER_cert_to_PEM_cert(tls.getpeercert(binary_form=True))
        assert shown_fingerprint(shown_now) == old


def test_signals_during_handshakes_do_no_harm(start_gateway, site):
    gateway = start_gateway(loops=2, tls={"certificates": [site.pair]})
    for round in range(40):
        gateway.process.send_signal(signal.SIGHUP)
        with RawClient(gateway.port, site.context()) as session:
            session.upgrade()
            gateway.process.send_signal(signal.SIGHUP)
            session.send(frame(TEXT, b"%d" % round))
            assert session.read_message() == (TEXT, b"%d" % round)
    assert gateway.metric("roadstead_handshake_failures_total") == 0
    wait_until(lambda: reloads(gateway, "success") >= 1, "they were read")
    assert reloads(gateway, "failure") == 0


def test_many_who_ask_at_once_are_answered(start_gateway, site):
    gateway = start_gateway(tls={"certificates": [site.pair]})

    async def storm() -> list:
        return await asyncio.gather(*(asyncio.to_thread(gateway.request, "POST", "/api/v1/reload") for _ in range(24)))

    answers = asyncio.run(storm())
    assert {answer.status for answer in answers} == {200}
    # Those who wait at the same time share one reading.
    performed = reloads(gateway, "success")
    assert 1 <= performed <= 24
    assert max(answer.json["generation"] for answer in answers) == performed + 1
    assert gateway.get("/api/v1/info").json["config_generation"] == performed + 1


def test_another_method_and_another_site_are_refused(start_gateway, site):
    gateway = start_gateway(tls={"certificates": [site.pair]})
    assert gateway.get("/api/v1/reload").status == 405
    assert gateway.request("POST", "/api/v1/reload", {"Origin": "https://evil.example"}).status == 403
    assert reloads(gateway, "success") == 0


def test_a_draining_gateway_does_not_reload(start_gateway, site):
    gateway = start_gateway(tls={"certificates": [site.pair]}, drain={"period": "5s", "spread": "4s"})
    with RawClient(gateway.port, site.context()) as first, RawClient(gateway.port, site.context()) as second:
        for session in (first, second):
            session.upgrade()
        gateway.process.send_signal(signal.SIGTERM)
        wait_until(lambda: gateway.get("/readyz").status == 503, "it is draining")
        answer = gateway.request("POST", "/api/v1/reload")
        assert answer.status == 503 and "draining" in answer.json["detail"]
        gateway.process.send_signal(signal.SIGHUP)
        wait_until(lambda: gateway.log.count("does not reload now") == 2, "the signal was heard")
        assert reloads(gateway, "success") == 0
    # A second SIGTERM, by the fixture, would be another test.
    assert gateway.process.wait(20) == 0


async def test_backends_are_verified_by_the_new_authority(start_gateway, site, tmp_path):
    other = Authority(tmp_path / "other", "Other Authority")
    backend_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    backend_tls.load_cert_chain(site.pair["certificate"], site.pair["key"])
    trusted = tmp_path / "trusted.pem"
    shutil.copy(other.certificate, trusted)
    async with recording_backend(scheme="wss", ssl=backend_tls) as backend:
        gateway = start_gateway(
            loops=1, **relay(backend.url, upstream=warm(0, tls={"ca": str(trusted), "server_name": "localhost"}, health={"kind": "none"})))
        assert (await refusal(gateway, "/relay/room")).status_code == 502
        shutil.copy(site.authority.certificate, trusted)
        await asyncio.to_thread(reload, gateway)
        # The endpoint is looked at again now and then.
        await eventually(lambda: gateway.endpoint(backend.url)["admission"] != "closed", "the endpoint can be reached")
        async with connect(gateway, "/relay/room") as client:
            await exchange(client)
            # And back: the open one stays, and no session that could be resumed gets round the verification.
            shutil.copy(other.certificate, trusted)
            await asyncio.to_thread(reload, gateway)
            assert (await refusal(gateway, "/relay/room")).status_code in (502, 503)
            await exchange(client)


@pytest.mark.deadline(180)
async def test_fifty_reloads_under_traffic_close_nobody(start_gateway, site):
    gateway = start_gateway(loops=2, tls={"certificates": [site.pair]})
    context, count = site.context(), 200
    sessions = await asyncio.gather(*(connect_with(gateway, context) for _ in range(count)))
    exchanged, stop = [0] * count, asyncio.Event()

    async def talk(place: int) -> None:
        while not stop.is_set():
            await sessions[place].send(f"{place} {exchanged[place]}")
            assert await sessions[place].recv() == f"{place} {exchanged[place]}"
            exchanged[place] += 1
            await asyncio.sleep(0.1)

    handshakes = 0

    async def come_and_go() -> None:
        nonlocal handshakes
        while not stop.is_set():
            async with await connect_with(gateway, context) as passer:
                await passer.send("hello")
                assert await passer.recv() == "hello"
            handshakes += 1

    talkers = [asyncio.create_task(talk(place)) for place in range(count)]
    passers = [asyncio.create_task(come_and_go()) for _ in range(4)]

    async def storm(rounds: int) -> None:
        for _ in range(rounds):
            await asyncio.to_thread(reload, gateway)

    await storm(10)
    descriptors, resident = gateway.descriptor_count, gateway.resident_bytes
    new = await asyncio.to_thread(site.renew)
    await storm(50)
    assert await asyncio.to_thread(shown, gateway, site.authority) == new
    stop.set()
    await asyncio.gather(*talkers, *passers)
    assert min(exchanged) > 0 and handshakes > 10
    assert all(session.close_code is None for session in sessions), "a session was closed"
    await eventually(lambda: gateway.descriptor_count <= descriptors, "no descriptor is left over")
    assert gateway.resident_bytes - resident < 8 << 20
    assert gateway.metric("roadstead_sessions_closed_total", cause="tls_error") == 0
    assert reloads(gateway, "success") == 60
    await asyncio.gather(*(session.close() for session in sessions))


async def connect_with(gateway, context: ssl.SSLContext):
    return await websockets_connect(gateway.url(), ssl=context, proxy=None, ping_interval=None, max_size=None, close_timeout=5)
