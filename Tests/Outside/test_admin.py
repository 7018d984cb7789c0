"""The admin API, key for key."""

import contextlib
import http.client
import re
import socket
from datetime import datetime

import pytest

import backends
from clients import RawClient, connect, session_id
from gateway import relay
from test_closing import closing_of
from test_refusals import assert_answered
from waiting import eventually, wait_until

SESSION_KEYS = {
    "id", "state", "route", "user", "remote", "tls", "origin", "user_agent", "subprotocol", "compression", "opened", "last_active",
    "rtt_ms", "received", "sent", "queued_bytes", "upstream", "close",
}  # fmt: skip
CLOSE_KEYS = {"closed_by", "cause", "code", "reason", "stage", "at"}


def instant(text: str) -> datetime:
    """An RFC 3339 time in UTC."""
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", text), text
    return datetime.fromisoformat(text)


def test_health_and_readiness(echo_gateway):
    assert echo_gateway.get("/healthz").status == 200
    assert echo_gateway.get("/readyz").status == 200


def test_info_tells_what_runs(echo_gateway):
    info = echo_gateway.get("/api/v1/info").json
    assert {"version", "loops"} <= info.keys()
    assert info["loops"] >= 1
    assert any("uptime" in key for key in info) and any("generation" in key for key in info)


async def test_an_open_session_key_for_key(start_gateway):
    async with backends.backend(subprotocols=["chat"]) as backend:
        gateway = start_gateway(**relay(backend.url))
        options = {"origin": "https://app.example.com", "user_agent_header": "bot/1.0", "subprotocols": ["chat"]}
        async with connect(gateway, "/relay/room", **options) as client:
            for message in ("hello", b"12345678"):
                await client.send(message)
                await client.recv()
            session = gateway.session(session_id(client))
            assert session.keys() == SESSION_KEYS
            assert session["id"] == session_id(client)
            assert (session["state"], session["route"], session["user"]) == ("open", "relay", None)
            assert session["remote"] == f"127.0.0.1:{client.local_address[1]}"
            assert session["tls"].keys() == {"version", "cipher", "server_name"}
            assert (session["origin"], session["user_agent"]) == ("https://app.example.com", "bot/1.0")
            assert session["subprotocol"] == "chat"
            assert not session["compression"]
            assert instant(session["opened"]) <= instant(session["last_active"])
            assert session["rtt_ms"].keys() == {"last", "smoothed", "minimum"}
            assert session["received"] == {"messages": 2, "bytes": 13}
            assert session["sent"] == {"messages": 2, "bytes": 13}
            assert session["queued_bytes"] == 0
            assert session["upstream"] == {"name": "backend", "endpoint": backend.url, "attach": 1}
            assert session["close"] is None
            assert gateway.sessions() == [gateway.session(session_id(client))]


async def test_a_closed_session_keeps_its_record(echo_gateway):
    client = await connect(echo_gateway)
    await client.close(4000, "bye")
    record = await echo_gateway.closed(session_id(client))
    session = echo_gateway.session(session_id(client))
    assert session.keys() == SESSION_KEYS
    assert (session["state"], session["upstream"]) == ("closed", None)
    assert record.keys() == CLOSE_KEYS
    assert {key: record[key] for key in CLOSE_KEYS - {"at"}} == {
        "closed_by": "client", "cause": "normal", "code": 4000, "reason": "bye", "stage": "open",
    }  # fmt: skip
    assert instant(session["opened"]) <= instant(record["at"])


async def test_the_round_trip_time_is_measured(start_gateway):
    gateway = start_gateway(routes=[{"name": "echo", "match": {"path": "/echo"}, "echo": True, "heartbeat": {"interval": "200ms", "timeout": "5s"}}])
    async with connect(gateway) as client:
        rtt = await eventually(
            lambda: (rtt := gateway.session(session_id(client))["rtt_ms"])["last"] is not None and rtt, "a round trip is measured"
        )
        assert 0 < rtt["minimum"] <= rtt["last"] < 1000
        assert rtt["smoothed"] > 0


async def test_a_kick_closes_the_session(echo_gateway):
    async with connect(echo_gateway) as client:
        path = f"/api/v1/sessions/{session_id(client)}"
        assert echo_gateway.request("DELETE", f"{path}?code=4008&reason=go%20away").status == 204
        assert await closing_of(client) == (4008, "go away")
        record = await echo_gateway.closed(session_id(client))
        assert (record["closed_by"], record["cause"], record["code"], record["reason"]) == ("gateway", "kicked", 4008, "go away")
        assert echo_gateway.request("DELETE", path).status == 404


async def test_a_kick_without_words_is_1008(echo_gateway):
    async with connect(echo_gateway) as client:
        assert echo_gateway.request("DELETE", f"/api/v1/sessions/{session_id(client)}").status == 204
        assert (await closing_of(client))[0] == 1008


async def test_sessions_are_filtered_and_paged(start_gateway):
    async with backends.backend() as backend:
        gateway = start_gateway(**relay(backend.url))
        echoing = [await connect(gateway) for _ in range(3)]
        relayed = [await connect(gateway, "/relay/room") for _ in range(4)]
        await echoing[0].close()
        await gateway.closed(session_id(echoing[0]))

        def ids(query: str) -> set[str]:
            return {session["id"] for session in gateway.sessions(query)}

        everyone = {session_id(client) for client in echoing + relayed}
        gone = {session_id(echoing[0])}
        assert ids("") == ids("state=open") == everyone - gone
        assert ids("state=closed") == gone
        assert ids("state=all") == everyone
        assert ids("route=relay") == {session_id(client) for client in relayed}
        assert ids("route=echo&state=all") == {session_id(client) for client in echoing}
        assert ids("upstream=backend") == {session_id(client) for client in relayed}
        assert ids("route=nowhere") == set()

        seen, cursor = [], ""
        while cursor is not None:
            page = gateway.get(f"/api/v1/sessions?state=all&limit=3{cursor and '&cursor=' + cursor}").json
            assert page.keys() == {"sessions", "next"} and len(page["sessions"]) <= 3
            seen += [session["id"] for session in page["sessions"]]
            cursor = page["next"]
        assert len(seen) == 7 and set(seen) == everyone
        for client in echoing + relayed:
            await client.close()


async def test_sessions_are_sorted(echo_gateway):
    clients = [await connect(echo_gateway) for _ in range(4)]
    order = [session_id(client) for client in clients]

    def ids(query: str) -> list[str]:
        return [session["id"] for session in echo_gateway.sessions(query)]

    assert ids("sort=opened&order=asc") == order
    assert ids("sort=opened&order=desc") == order[::-1]
    for client in clients:
        await client.close()


async def test_upstreams_key_for_key(start_gateway):
    async with backends.backend() as backend:
        gateway = start_gateway(**relay(backend.url))
        async with connect(gateway, "/relay/room"):
            answer = gateway.get("/api/v1/upstreams").json
            assert answer.keys() == {"upstreams"}
            (upstream,) = answer["upstreams"]
            assert upstream["name"] == "backend"
            (endpoint,) = upstream["endpoints"]
            assert {"address", "state", "last_check", "sessions", "connections"} <= endpoint.keys()
            assert (endpoint["address"], endpoint["state"], endpoint["sessions"]) == (backend.url, "up", 1)
            assert endpoint["connections"]["leased"] == 1
        await eventually(
            lambda: gateway.get("/api/v1/upstreams").json["upstreams"][0]["endpoints"][0]["sessions"] == 0, "the lease is given back"
        )


@pytest.mark.parametrize(
    "method, path, status",
    [
        ("GET", "/api/v1/sessions/none", 404),
        ("DELETE", "/api/v1/sessions/none", 404),
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/api/v1/sessions?limit=many", 400),
        ("GET", "/api/v1/sessions?state=asleep", 400),
        ("DELETE", "/api/v1/info", 405),
    ],
)
def test_errors_are_problems(echo_gateway, method, path, status):
    response = echo_gateway.request(method, path)
    assert response.status == status
    assert response.headers["content-type"].startswith("application/problem+json")
    assert response.json["status"] == status
    assert response.json["title"]


def test_every_answer_has_its_date(echo_gateway):
    requests = (
        ("GET", "/healthz", 200), ("HEAD", "/healthz", 200), ("GET", "/readyz", 200), ("GET", "/metrics", 200),
        ("GET", "/api/v1/sessions", 200), ("HEAD", "/api/v1/nothing", 404), ("DELETE", "/api/v1/info", 405),
        ("POST", "/api/v1/upstreams/none/rebalance", 404),
    )  # fmt: skip
    for method, path, status in requests:
        response = echo_gateway.request(method, path)
        assert response.status == status, (method, path, response)
        assert_answered(response.headers)


def test_a_head_that_cannot_be_read_is_answered_with_a_date(echo_gateway):
    for method in ("GET", "HEAD"):
        with RawClient(echo_gateway.admin_port) as client:
            client.send(f"{method} /healthz HTTP/1.1\r\n\r\n".encode())
            status, fields = client.read_head()
            assert status == 400
            assert_answered(fields)
            assert int(fields["content-length"]) > 0
            if method == "GET":
                assert "Host" in client.read(int(fields["content-length"])).decode()
            client.read_end()


async def test_a_bad_close_code_is_refused(echo_gateway):
    async with connect(echo_gateway) as client:
        for code in ("999", "1005", "1006", "5000", "x"):
            assert echo_gateway.request("DELETE", f"/api/v1/sessions/{session_id(client)}?code={code}").status == 400
        await client.send("still here")
        assert await client.recv() == "still here"


@pytest.mark.parametrize("public_metrics", [True, False])
def test_a_token_guards_all_but_health(start_gateway, tmp_path, public_metrics):
    secret = tmp_path / "token"
    secret.write_text("harbour-master\n")
    gateway = start_gateway(admin={"token_file": str(secret), "public_metrics": public_metrics})
    for path in ("/healthz", "/readyz"):
        assert gateway.get(path).status == 200
    assert gateway.get("/metrics").status == (200 if public_metrics else 401)
    for wrong in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic aGFyYm91cg=="}):
        response = gateway.request("GET", "/api/v1/sessions", wrong)
        assert response.status == 401
        assert response.headers["www-authenticate"].startswith("Bearer")
    gateway.token = "harbour-master"
    assert gateway.get("/api/v1/sessions").status == 200
    assert gateway.get("/metrics").status == 200


async def test_a_page_of_another_site_changes_nothing(start_gateway):
    """What an operator's browser sends for somebody else's page names that page."""
    async with backends.backend() as backend:
        gateway = start_gateway(**relay(backend.url))
        drain = f"/api/v1/upstreams/backend/drain?endpoint={backend.url}"
        async with connect(gateway, "/relay/room") as client:
            kick = f"/api/v1/sessions/{session_id(client)}"
            own = f"127.0.0.1:{gateway.admin_port}"
            foreign = (
                "https://evil.example", "null", "", f"http://localhost:{gateway.admin_port}", "http://127.0.0.1", f"http://{own}.evil.example",
                f"http://evil.example/{own}", own,
            )  # fmt: skip
            for origin in foreign:
                for method, path in (("POST", drain), ("POST", "/api/v1/upstreams/backend/rebalance"), ("DELETE", kick)):
                    answer = gateway.request(method, path, {"Origin": origin})
                    assert answer.status == 403, (origin, method, path, answer)
                    assert answer.headers["content-type"].startswith("application/problem+json")
                    assert answer.json["status"] == 403
                # Looking changes nothing, and the page does not get to see it: no header lets it.
                looked = gateway.request("GET", "/api/v1/sessions", {"Origin": origin})
                assert looked.status == 200 and not [name for name in looked.headers if name.startswith("access-control")]
            assert gateway.endpoint(backend.url)["state"] == "up"
            await client.send("still here")
            assert await client.recv() == "still here"

            # The listener's own pages, with or without TLS in front of it, and what is no browser.
            assert gateway.request("POST", drain, {"Origin": f"http://{own}"}).status == 202
            await eventually(lambda: gateway.endpoint(backend.url)["state"] == "draining", "it drains")
            assert gateway.request("POST", drain.replace("drain", "undrain"), {"Origin": f"https://{own}"}).status == 202
            await eventually(lambda: gateway.endpoint(backend.url)["state"] == "up", "it is back")
            assert gateway.request("DELETE", kick).status == 204
            await client.wait_closed()
            assert client.close_code == 1008


def test_a_page_whose_name_leads_here_is_not_answered(start_gateway, tmp_path):
    """DNS rebinding: somebody's page has its own name resolved to this machine, so that it is of one origin with the listener."""
    gateway = start_gateway()
    port = gateway.admin_port
    for host in (f"evil.example:{port}", "evil.example", f"127.0.0.1.evil.example:{port}", f"localhost.evil.example:{port}", "1.example"):
        page = {"Host": host, "Origin": f"http://{host}"}
        for method, path in (("GET", "/api/v1/sessions"), ("GET", "/api/v1/info"), ("POST", "/api/v1/reload")):
            answer = gateway.request(method, path, page)
            assert answer.status == 403 and "admin.token_file" in answer.json["detail"], (host, path, answer)
        # Who scrapes and probes may use a name.
        for path in ("/healthz", "/readyz", "/metrics"):
            assert gateway.request("GET", path, page).status == 200
    for host in (f"127.0.0.1:{port}", "127.0.0.1", f"localhost:{port}", "LOCALHOST", f"ops.localhost:{port}", f"[::1]:{port}", "[::1]"):
        assert gateway.request("GET", "/api/v1/sessions", {"Host": host}).status == 200, host

    token = tmp_path / "admin.token"
    token.write_text("harbour-master")
    guarded = start_gateway(admin={"token_file": str(token)})
    guarded.token = "harbour-master"
    assert guarded.request("GET", "/api/v1/sessions", {"Host": "ops.example"}).status == 200


def test_admin_connections_can_be_kept_alive(echo_gateway):
    connection = http.client.HTTPConnection("127.0.0.1", echo_gateway.admin_port, timeout=5)
    for _ in range(3):
        connection.request("GET", "/healthz")
        response = connection.getresponse()
        response.read()
        assert response.status == 200
    connection.close()


def test_those_who_ask_nothing_keep_nobody_out(echo_gateway):
    with contextlib.ExitStack() as stack:
        idle = [stack.enter_context(socket.create_connection(("127.0.0.1", echo_gateway.admin_port), 5)) for _ in range(300)]
        for _ in range(3):
            assert echo_gateway.get("/healthz").status == 200
        # The oldest have made room.
        for connection in idle[:40]:
            assert connection.recv(1) == b""
        idle[-1].sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert idle[-1].recv(100).startswith(b"HTTP/1.1 200 ")


def test_admin_input_that_is_no_http_does_no_harm(echo_gateway):
    for garbage in (b"\x16\x03\x01\x02\x00", b"GET\r\n\r\n", b"G" * 100_000):
        with socket.create_connection(("127.0.0.1", echo_gateway.admin_port), timeout=5) as stranger:
            try:
                stranger.sendall(garbage)
                stranger.shutdown(socket.SHUT_WR)
                while stranger.recv(4096):
                    pass
            except ConnectionError:
                pass
    wait_until(lambda: echo_gateway.get("/healthz").status == 200, "the admin listener lives")
