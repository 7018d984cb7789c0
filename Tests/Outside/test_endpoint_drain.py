"""Draining an endpoint under traffic, bringing it back, and evening out: no client notices, and no message is lost."""

import contextlib
import json
import time

import pytest

from commands import roadstead
from crowd import Crowd, crowd
from fleet import NODE, PYTHON, Member, fleet
from gateway import relay
from ledger import Ledger, Verdict
from waiting import wait_until

SESSIONS = 100
LOOPS = 2
# Messages of each session: its own, and the backend's.
PERIOD, STREAM_SECONDS = 0.3, 0.5
PATIENCE = 30
UPSTREAM = {"balance": "least_sessions", "health": {"kind": "tcp", "interval": "500ms", "timeout": "500ms"}}


class Scene:
    """A crowd at two endpoints."""

    def __init__(self, gateway, members: list[Member], clients: Crowd):
        self.gateway, self.members, self.clients = gateway, members, clients
        self.verdict: Verdict | None = None
        # Whether a backend was killed, which may take messages with it.
        self.has_killed = False

    def ask(self, action: str, member: Member | None = None) -> None:
        """Through the admin API."""
        query = f"?endpoint={member.url}" if member else ""
        answer = self.gateway.request("POST", f"/api/v1/upstreams/backend/{action}{query}")
        assert answer.status == 202, answer.body
        assert answer.headers["content-type"].startswith("application/json") and isinstance(answer.json, dict)

    def command(self, *arguments: str):
        return roadstead("upstreams", *arguments, "--admin", f"http://127.0.0.1:{self.gateway.admin_port}")

    def sessions(self, member: Member) -> int:
        return self.gateway.endpoint(member.url)["sessions"]

    def state(self, member: Member) -> str:
        return self.gateway.endpoint(member.url)["state"]

    def flows(self) -> None:
        """Every session gets answers to messages sent from now on."""
        wanted = self.clients.count()["acknowledged"] + 3 * SESSIONS
        wait_until(lambda: self.clients.count()["acknowledged"] >= wanted, "messages flow", PATIENCE)

    def is_left(self, member: Member) -> None:
        """An endpoint that drains is left by all, and says so."""
        assert self.state(member) == "draining"
        wait_until(lambda: self.sessions(member) == 0, f"{member.name} is left by its sessions", PATIENCE)
        wait_until(lambda: self.gateway.endpoint(member.url)["connections"]["closing"] == 0, "the old connections are closed", PATIENCE)
        assert self.state(member) == "draining"

    def has_all(self, member: Member, count: int = SESSIONS) -> None:
        """Every session is at this endpoint."""
        wait_until(lambda: self.sessions(member) == count, f"{member.name} has all sessions", PATIENCE)

    def is_even(self) -> None:
        """As many here as there, but for one on each loop."""

        def even() -> bool:
            one, other = map(self.sessions, self.members)
            return one + other == SESSIONS and abs(one - other) <= LOOPS

        wait_until(even, "the sessions are even", PATIENCE)


@contextlib.contextmanager
def scene(start_gateway, directory, **options):
    """Numbered messages flow in the block; at its end every message has to be accounted for."""
    with fleet(directory, PYTHON, NODE, stream_seconds=STREAM_SECONDS) as members:
        upstream = {**UPSTREAM, **options}
        gateway = start_gateway(loops=LOOPS, **relay(*(member.url for member in members), upstream=upstream))
        with crowd(gateway, directory, SESSIONS, 2, PERIOD) as clients:
            here = Scene(gateway, members, clients)
            clients.talk()
            here.flows()
            yield here
            here.flows()
            clients.last()
            for member in members:
                member.hush()
            clients.settle()
            assert gateway.metric("roadstead_sessions", route="relay", state="open") == SESSIONS
            reports = clients.leave()
        here.verdict = Ledger(members).judge(reports)
        print(here.verdict)
        assert not here.verdict.faults, "\n".join([str(here.verdict), *here.verdict.faults[:20]])
        if not here.has_killed:
            assert here.verdict.received == here.verdict.sent


def old_closes(member: Member) -> list[str]:
    """The close codes of attachments that were followed by another one elsewhere."""
    return [words[3] for life in member.lives for words in life.lines() if words[0] == "closed" and words[3] != "1000"]


@pytest.mark.parametrize("drained", [0, 1], ids=["python", "node"])
def test_a_drained_endpoint_is_left_without_a_loss(start_gateway, tmp_path, drained):
    with scene(start_gateway, tmp_path) as here:
        leaving, staying = here.members[drained], here.members[1 - drained]
        moving = here.sessions(leaving)
        assert abs(moving - SESSIONS / 2) <= LOOPS
        here.ask("drain", leaving)
        here.is_left(leaving)
        here.has_all(staying)
        here.flows()
        assert here.gateway.metric("roadstead_upstream_state", endpoint=leaving.url) == 3
        assert here.gateway.metric("roadstead_reattachments_total", route="relay", result="moved") == moving

        # New sessions avoid it, and it keeps no warm connection.
        with crowd(here.gateway, tmp_path, 10, first=SESSIONS) as late:
            assert here.sessions(leaving) == 0
            here.has_all(staying, SESSIONS + 10)
            late.leave()
        wait_until(lambda: here.gateway.endpoint(leaving.url)["warm"] == 0, "no connection is kept ready")
    assert old_closes(leaving) == ["1001"] * moving
    assert old_closes(staying) == []


def test_there_and_back_again(start_gateway, tmp_path):
    with scene(start_gateway, tmp_path) as here:
        for leaving, staying in (here.members, here.members[::-1], here.members):
            here.ask("drain", leaving)
            here.is_left(leaving)
            here.has_all(staying)
            here.ask("undrain", leaving)
            wait_until(lambda: here.state(leaving) == "up", "it takes sessions again")
            # Who has moved stays, until somebody asks for more.
            here.flows()
            assert here.sessions(staying) == SESSIONS
        here.ask("rebalance")
        here.is_even()


def test_the_command_does_the_same(start_gateway, tmp_path):
    with scene(start_gateway, tmp_path) as here:
        leaving = here.members[0]
        run = here.command("drain", "backend", leaving.url)
        assert run.returncode == 0, run.stderr
        here.is_left(leaving)
        listed = json.loads(here.command("--json").stdout)
        states = {endpoint["address"]: endpoint["state"] for endpoint in listed["upstreams"][0]["endpoints"]}
        assert states == {leaving.url: "draining", here.members[1].url: "up"}
        assert "draining" in here.command().stdout
        assert here.command("undrain", "backend", leaving.url).returncode == 0
        wait_until(lambda: here.state(leaving) == "up", "it takes sessions again")
        assert here.command("rebalance", "backend").returncode == 0
        here.is_even()


def test_moving_is_paced(start_gateway, tmp_path):
    """All at once would be a storm at the other endpoint; one after the other would take for ever."""
    with scene(start_gateway, tmp_path) as here:
        started = time.monotonic()
        here.ask("drain", here.members[0])
        seen = set()
        while (left := here.sessions(here.members[0])) > 0:
            seen.add(left)
            assert time.monotonic() - started < PATIENCE
        assert len(seen) >= 3, f"all moved at once: {seen}"


def test_an_endpoint_that_joins_gets_its_share(start_gateway, tmp_path):
    """Scaling out: the second one was down when the sessions came."""
    with scene(start_gateway, tmp_path) as here:
        here.has_killed, late = True, here.members[1]
        late.kill()
        here.has_all(here.members[0])
        late.start()
        wait_until(lambda: here.state(late) == "up", "the second is up", PATIENCE)
        here.ask("rebalance")
        here.is_even()


def test_the_last_endpoint_may_be_drained(start_gateway, tmp_path):
    """There is nowhere to go: nobody is moved, and nobody is closed."""
    with fleet(tmp_path, PYTHON) as (only,):
        gateway = start_gateway(**relay(only.url, upstream=UPSTREAM))
        with crowd(gateway, tmp_path, 20, period=PERIOD) as clients:
            clients.talk()
            assert gateway.request("POST", f"/api/v1/upstreams/backend/drain?endpoint={only.url}").status == 202
            wanted = clients.count()["acknowledged"] + 100
            wait_until(lambda: clients.count()["acknowledged"] >= wanted, "messages flow", PATIENCE)
            assert clients.count()["closed"] == 0
            assert gateway.request("POST", f"/api/v1/upstreams/backend/undrain?endpoint={only.url}").status == 202
            clients.last()
            clients.settle()
            verdict = Ledger([only]).judge(clients.leave())
            assert not verdict.faults, verdict.faults[:20]


@pytest.mark.parametrize(
    "path, status",
    [
        ("nowhere/drain?endpoint=ws://127.0.0.1:1", 404),
        ("backend/drain?endpoint=ws://127.0.0.1:1", 404),
        ("backend/undrain?endpoint=ws://127.0.0.1:1", 404),
        ("nowhere/rebalance", 404),
        ("backend/drain", 400),
        ("backend/undrain", 400),
        ("backend/sink", 404),
    ],
)
def test_unknown_names_are_problems(start_gateway, path, status):
    gateway = start_gateway(**relay("ws://127.0.0.1:9", upstream={"pool": {"warm": 0}, "health": {"kind": "none"}}))
    answer = gateway.request("POST", f"/api/v1/upstreams/{path}")
    assert answer.status == status
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json["status"] == status and answer.json["title"]


def test_the_command_tells_of_unknown_names(start_gateway):
    gateway = start_gateway(**relay("ws://127.0.0.1:9", upstream={"pool": {"warm": 0}, "health": {"kind": "none"}}))
    admin = ("--admin", f"http://127.0.0.1:{gateway.admin_port}")
    for arguments in (("drain", "nowhere", "ws://127.0.0.1:9"), ("drain", "backend", "ws://127.0.0.1:1"), ("rebalance", "nowhere")):
        run = roadstead("upstreams", *arguments, *admin)
        assert run.returncode == 1 and run.stderr.strip(), (arguments, run)
    for arguments in (("drain",), ("drain", "backend"), ("rebalance",), ("sink", "backend")):
        assert roadstead("upstreams", *arguments, *admin).returncode == 2
