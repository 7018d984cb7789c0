"""Good sessions beside attackers of every kind: the good ones notice nothing.

Quiet phases and phases under attack take turns. `SOAK_SECONDS` says how long in all (120), `SOAK_SEED` repeats a run's choices.
"""

import contextlib
import json
import os
import random
import statistics
import subprocess
import sys
from dataclasses import dataclass

import pytest

from backends import PROGRAMS
from gateway import ECHO
from ports import free_port
from waiting import wait_until

SECONDS = int(os.environ.get("SOAK_SECONDS", "120"))
SEED = int(os.environ.get("SOAK_SEED", random.randrange(1 << 30)))
# Each round is one quiet phase and one under attack; one more of each before the first is not judged: memory and caches fill.
ROUNDS = max(3, SECONDS // 120)
PHASE_SECONDS = max(5.0, SECONDS / (2 * ROUNDS + 2))
PROCESSES, SESSIONS, PERIOD = 2, 50, 0.5

# In the few short phases of a short run, a p99 below this is not told from the noise of a machine that the clients and the attackers share with
# the gateway. A long run is judged by the ratio alone.
FLOOR_MILLISECONDS = 10.0 if SECONDS < 600 else 0.0
MOST_TIMES_SLOWER = 2.0
MOST_RESIDENT_BYTES = 192 << 20
MOST_GROWTH_BYTES = 12 << 20

# What each kind of attacker must have moved: so that it is seen to have happened, and to have been turned away.
TURNED_AWAY = {
    "slow_tls": ("roadstead_handshake_failures_total", {"cause": "handshake_timeout"}),
    "slow_head": ("roadstead_upgrade_refusals_total", {"status": "408"}),
    "tiny_frames": ("roadstead_sessions_closed_total", {"cause": "rate_limit"}),
    "stalled_reader": ("roadstead_sessions_closed_total", {"cause": "slow_client"}),
    "bomb": ("roadstead_sessions_closed_total", {"cause": "message_too_big"}),
    "random_before_tls": ("roadstead_handshake_failures_total", {"cause": "protocol_error"}),
    "random_after_tls": ("roadstead_upgrade_refusals_total", {"status": "400"}),
    "random_after_upgrade": ("roadstead_sessions_closed_total", {"cause": "protocol_error"}),
    "reset_mid_frame": ("roadstead_sessions_closed_total", {"cause": "reset"}),
    "churn": ("roadstead_sessions_closed_total", {"route": "relay", "cause": "normal"}),
    # Nothing is against the rules in these; they cost the attacker more than the gateway.
    "ping_flood": None, "fragments": None,
}


@dataclass
class Phase:
    is_attack: bool
    p50: float
    p99: float
    answers: int
    resident: int
    cpu: float


class Program:
    """A process that is told lines and answers lines of JSON."""

    def __init__(self, *command: str, niceness: int = 0):
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            preexec_fn=lambda: os.nice(niceness))
        assert self._process.stdout.readline(), "the program did not begin"

    def tell(self, command: str) -> None:
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()

    def answer(self) -> dict:
        return json.loads(self._process.stdout.readline())

    def end(self) -> None:
        self._process.kill()
        self._process.wait()


def configuration(backend: int) -> dict:
    timeouts = {"handshake": "2s", "close": "2s"}
    routes = [
        {**ECHO, "timeouts": timeouts},
        {"name": "relay", "match": {"path": "/relay/*"}, "upstream": "backend", "timeouts": timeouts},
        {"name": "limited", "match": {"path": "/limited"}, "echo": True, "timeouts": timeouts,
         "limits": {"messages_per_second": 100, "on_rate_limit": "close"}},
        {"name": "slow", "match": {"path": "/slow"}, "echo": True, "timeouts": timeouts,
         "limits": {"outbound": "64KiB", "on_slow_client": "close"}},
    ]
    return {
        "routes": routes, "limits": {"memory": "64MiB"}, "log": {"level": "warning"},
        "upstreams": [{"name": "backend", "endpoints": [f"ws://127.0.0.1:{backend}"], "pool": {"warm": 0}}],
    }


@pytest.mark.deadline(SECONDS + 120)
def test_attackers_do_not_slow_or_harm_good_sessions(start_gateway):
    backend_port = free_port()
    print(f"\nsoak of {SECONDS} s, SOAK_SEED={SEED}")
    with contextlib.ExitStack() as stack:
        backend = Program(sys.executable, str(PROGRAMS / "python_backend.py"), str(backend_port))
        stack.callback(backend.end)
        gateway = start_gateway(**configuration(backend_port))
        wait_until(lambda: gateway.endpoint(f"ws://127.0.0.1:{backend_port}")["state"] == "up", "the backend is up")
        descriptors = gateway.metric("process_open_fds")
        urls = [gateway.url("/echo"), gateway.url("/relay/good")]
        good = [
            Program(sys.executable, str(PROGRAMS / "soak_client.py"), str(gateway.authority), str(SESSIONS), str(PERIOD), str(SEED + number), *urls)
            for number in range(PROCESSES)]
        attackers = Program(sys.executable, str(PROGRAMS / "soak_attacker.py"), str(gateway.port), str(SEED), niceness=10)
        for program in (*good, attackers):
            stack.callback(program.end)

        phases, worked = [], {}
        for number in range(2 * ROUNDS + 2):
            is_attack = number % 2 == 1
            attackers.tell("attack" if is_attack else "rest")
            worked = attackers.answer()
            measured(good)
            phases.append(lived_through(gateway, good, is_attack))
            show(number, phases[-1])
        attackers.tell("rest")
        worked = attackers.answer()
        for program in good:
            program.tell("leave")
        reports = [program.answer() for program in good]
        attackers.end()

        judge_latency(phases[2:])
        judge_memory([phase.resident for phase in phases[2:] if phase.is_attack])
        faults = [fault for report in reports for fault in report["faults"]]
        assert not faults, faults
        assert sum(report["sent"] for report in reports) > PROCESSES * SESSIONS * SECONDS / PERIOD / 3
        for kind, moved in TURNED_AWAY.items():
            assert worked.get(kind, 0) > 0, f"no attacker of the kind {kind} finished: {worked}"
            assert moved is None or gateway.metric(moved[0], **moved[1]) > 0, f"{kind} did not move {moved}"
        wait_until(lambda: not gateway.sessions("state=open"), "no session is left", 20)
        wait_until(lambda: gateway.metric("process_open_fds") <= descriptors + 1, "the descriptors are given back", 20)
        assert "Fatal error" not in gateway.log and "panic" not in gateway.log, gateway.log_tail
        print(f"attackers at work: {worked}; good messages: {sum(report['sent'] for report in reports)}, all answered in order, none closed")


def measured(good: list[Program]) -> tuple[float, float, int]:
    """What the good sessions measured since the last time: the worse of the processes."""
    for program in good:
        program.tell("phase")
    answers = [program.answer() for program in good]
    return max(one["p50"] or 0 for one in answers), max(one["p99"] or 0 for one in answers), sum(one["answers"] for one in answers)


def lived_through(gateway, good: list[Program], is_attack: bool) -> Phase:
    used = gateway.metric("process_cpu_seconds_total")
    # A phase is a length of time, and this waits for nothing else.
    with contextlib.suppress(subprocess.TimeoutExpired):
        gateway.process.wait(PHASE_SECONDS)
    assert gateway.process.poll() is None, f"the gateway ended: {gateway.log_tail}"
    p50, p99, answers = measured(good)
    resident = int(gateway.metric("process_resident_memory_bytes"))
    return Phase(is_attack, p50, p99, answers, resident, gateway.metric("process_cpu_seconds_total") - used)


def show(number: int, phase: Phase) -> None:
    if number == 0:
        print("| phase | answers | p50 | p99 | resident | CPU |\n|---|---|---|---|---|---|")
    name = ("attack" if phase.is_attack else "quiet") + (" (not judged)" if number < 2 else "")
    print(f"| {name} | {phase.answers} | {phase.p50:.1f} ms | {phase.p99:.1f} ms | {phase.resident / 2**20:.1f} MiB"
          f" | {phase.cpu / PHASE_SECONDS * 100:.0f} % |", flush=True)


def judge_latency(phases: list[Phase]) -> None:
    quiet, attack = (statistics.median(phase.p99 for phase in phases if phase.is_attack is kind) for kind in (False, True))
    print(f"p99, median of the phases: quiet {quiet:.1f} ms, under attack {attack:.1f} ms")
    assert attack <= MOST_TIMES_SLOWER * max(quiet, FLOOR_MILLISECONDS), (quiet, attack)


def judge_memory(resident: list[int]) -> None:
    third = max(1, len(resident) // 3)
    first, last = statistics.median(resident[:third]), statistics.median(resident[-third:])
    print(f"resident under attack: {first / 2**20:.1f} MiB in the first third, {last / 2**20:.1f} MiB in the last")
    assert max(resident) < MOST_RESIDENT_BYTES, resident
    assert last - first < MOST_GROWTH_BYTES, resident
