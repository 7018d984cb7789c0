#!/usr/bin/env python3
"""Judges the gateway by the Autobahn test suite, in both roles, and prints a table of what it found.

usage: scripts/autobahn.py --wstest PATH [--gateway PATH] [--cases 1.*,2.*] [--roles echo,relay,upstream] [--output DIRECTORY]

Three runs, each with every case of the suite:
  echo      the suite's fuzzing client against a route that echoes: the gateway's server role
  relay     the same against a route to an echo backend (Python websockets): the server role, with a backend behind it
  upstream  the suite's fuzzing server behind the gateway, and an echoing client in front of it: the gateway's client role

Exits with 1 unless every case is OK, or INFORMATIONAL where the suite knows nothing stricter.
"""

import argparse
import asyncio
import contextlib
import fnmatch
import json
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import websockets
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve

REPOSITORY = Path(__file__).resolve().parents[1]
ROLES = ("echo", "relay", "upstream")
GATEWAY, ADMIN, BACKEND, FUZZER = (20_000 + number for number in (501, 502, 503, 504))
AGENT = "roadstead"

# The groups of the suite, by the first number of a case.
GROUPS = {
    1: "framing", 2: "pings and pongs", 3: "reserved bits", 4: "opcodes", 5: "fragmentation", 6: "UTF-8", 7: "close handling",
    9: "limits and performance", 10: "auto-fragmentation", 12: "compression, different payloads", 13: "compression, different parameters",
}

# Cases for which the suite has no better verdict than INFORMATIONAL: what happens after a close of 256 KiB, and to codes that the RFC leaves open.
NOTHING_STRICTER = ("7.1.6", "7.13.1", "7.13.2")

# Without continuity: a case that closes with 1001 would be run again and again, since that is a lost upstream and the session goes on.
# Through a relay each message is inflated and compressed twice and some cases have 1,000 of 128 KiB, so give the suite's messages room.
CONFIGURATION = {
    "listeners": [{"name": "public", "address": f"127.0.0.1:{GATEWAY}"}],
    "admin": {"address": f"127.0.0.1:{ADMIN}"},
    "routes": [
        {"name": name, "match": {"path": path}, **target, "limits": {"message": "64MiB", "outbound": "64MiB"},
         "compression": {"enabled": True, "minimum": "0KiB", "context_takeover": True, "window_bits": 15}}
        for name, path, target in (
            ("echo", "/echo", {"echo": True}),
            ("relay", "/relay", {"upstream": "backend"}),
            ("fuzzer", "*", {"upstream": "fuzzer", "continuity": {"hold": "0s"}}))],
    "upstreams": [
        {"name": name, "endpoints": [f"ws://127.0.0.1:{port}"], "health": {"kind": "none"}, "pool": {"warm": 0}}
        for name, port in (("backend", BACKEND), ("fuzzer", FUZZER))],
    "log": {"level": "warning"},
}


async def echo(connection) -> None:
    with contextlib.suppress(websockets.ConnectionClosed):
        async for message in connection:
            await connection.send(message)


@contextlib.asynccontextmanager
async def running(*command: str, cwd: Path, log: Path) -> AsyncIterator[None]:
    """A program for as long as it is needed; one that ends earlier ends this one."""
    with log.open("w") as output:
        process = await asyncio.create_subprocess_exec(*command, cwd=cwd, stdout=output, stderr=output)
    try:
        yield
        if process.returncode is not None:
            sys.exit(f"{command[0]} ended early with {process.returncode}: {log.read_text()[-2000:]}")
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
        await process.wait()


async def listening(port: int, seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while True:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return
            await asyncio.sleep(0.05)


async def fuzz_server_role(wstest: str, role: str, cases: list[str], directory: Path) -> Path:
    """The suite's client tries the cases against the gateway."""
    reports = directory / role
    (reports / "index.json").unlink(missing_ok=True)
    spec = {"outdir": str(reports), "servers": [{"agent": AGENT, "url": f"ws://127.0.0.1:{GATEWAY}/{role}"}],
            "cases": cases, "exclude-cases": [], "exclude-agent-cases": {}}
    file = directory / f"{role}.json"
    file.write_text(json.dumps(spec))
    with (directory / f"{role}.log").open("w") as log:
        process = await asyncio.create_subprocess_exec(
            wstest, "-m", "fuzzingclient", "-s", str(file), cwd=directory, stdout=log, stderr=log)
        await finished(process, reports)
    if not (reports / "index.json").exists():
        sys.exit(f"wstest failed: {(directory / f'{role}.log').read_text()[-2000:]}")
    return reports


async def finished(process: asyncio.subprocess.Process, reports: Path) -> None:
    """Waits for the suite's client to end. It writes its verdicts first; when a case's own page fails after that, it stays for ever."""
    while process.returncode is None:
        verdicts = reports / "index.json"
        if verdicts.exists() and time.time() - verdicts.stat().st_mtime > 30:
            process.kill()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), 1)


async def fuzz_client_role(wstest: str, cases: list[str], directory: Path) -> tuple[Path, list[str]]:
    """The suite's server tries the cases on whoever asks for them: an echoing client does, through the gateway.

    Returns where the reports are, and a line for each case that could not even be begun.
    """
    reports = directory / "upstream"
    (reports / "index.json").unlink(missing_ok=True)
    faults = []
    file = directory / "upstream.json"
    file.write_text(json.dumps({
        "url": f"ws://127.0.0.1:{FUZZER}", "outdir": str(reports), "cases": cases, "exclude-cases": [], "exclude-agent-cases": {}}))
    url = f"ws://127.0.0.1:{GATEWAY}"
    command = [wstest, "-m", "fuzzingserver", "-s", str(file), "-u", "0"]
    async with running(*command, cwd=directory, log=directory / "upstream.log"):
        await listening(FUZZER)
        async with connect(f"{url}/getCaseCount", max_size=None) as counter:
            count = int(await counter.recv())
        for number in range(1, count + 1):
            try:
                # This leg is not judged, and compresses nothing, which saves time.
                async with connect(
                        f"{url}/runCase?case={number}&agent={AGENT}", max_size=None, ping_interval=None, close_timeout=2,
                        compression=None) as client:
                    await echo(client)
            except (websockets.InvalidStatus, websockets.InvalidMessage, OSError) as error:
                faults.append(f"upstream, number {number} of {count}: {error}")
        async with connect(f"{url}/updateReports?agent={AGENT}", max_size=None) as client:
            with contextlib.suppress(websockets.ConnectionClosed):
                await client.recv()
    return reports, faults


def judge(role: str, reports: Path, wanted: list[str]) -> tuple[dict[int, Counter], list[str]]:
    """The verdicts by group, and a line for each case that is not as it must be."""
    results = json.loads((reports / "index.json").read_text())[AGENT]
    groups: dict[int, Counter] = {}
    faults = []
    for case, result in sorted(results.items(), key=lambda item: [int(part) for part in item[0].split(".")]):
        verdicts = {result["behavior"], result["behaviorClose"]}
        is_informational = "INFORMATIONAL" in verdicts and case in NOTHING_STRICTER
        good = verdicts == {"OK"} or (is_informational and verdicts <= {"OK", "INFORMATIONAL"})
        groups.setdefault(int(case.split(".")[0]), Counter())["OK" if verdicts == {"OK"} else "INFORMATIONAL" if good else "other"] += 1
        if not good:
            faults.append(f"{role} {case}: {result['behavior']}, close {result['behaviorClose']}, see {reports / result['reportfile']}")
    for pattern in wanted:
        if not any(fnmatch.fnmatch(case, pattern) for case in results):
            faults.append(f"{role}: no case {pattern} was run")
    return groups, faults


def table(found: dict[str, dict[int, Counter]]) -> str:
    lines = [f"| group | {' | '.join(found)} |", f"|{'---|' * (len(found) + 1)}"]
    def cell(counts: Counter) -> str:
        parts = [f"{counts['OK']} OK"] + [f"{counts[word]} {word}" for word in ("INFORMATIONAL", "other") if counts[word]]
        return ", ".join(parts) if counts else "-"
    for group in sorted({group for groups in found.values() for group in groups}):
        cells = (cell(groups.get(group, Counter())) for groups in found.values())
        lines.append(f"| {group} {GROUPS.get(group, '')} | {' | '.join(cells)} |")
    lines.append(f"| all | {' | '.join(cell(sum(groups.values(), Counter())) for groups in found.values())} |")
    return "\n".join(lines)


async def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wstest", required=True, help="the suite's program")
    parser.add_argument("--gateway", type=Path, default=REPOSITORY / ".build/release/roadstead", help="the program to judge")
    parser.add_argument("--cases", default="*", help="patterns of cases, separated by commas (all)")
    parser.add_argument("--roles", default=",".join(ROLES), help="runs to make, separated by commas (all)")
    parser.add_argument("--output", type=Path, help="where the suite's reports go (a temporary directory)")
    options = parser.parse_args()
    cases, roles = options.cases.split(","), options.roles.split(",")
    if unknown := set(roles) - set(ROLES):
        parser.error(f"no such role: {', '.join(unknown)}; there are {', '.join(ROLES)}")
    if not os.access(options.wstest, os.X_OK):
        parser.error(f"{options.wstest} is not a program; give the wstest of an installed Autobahn test suite")
    directory = (options.output or Path(tempfile.mkdtemp(prefix="autobahn-"))).absolute()
    directory.mkdir(parents=True, exist_ok=True)
    configuration = directory / "roadstead.json"
    configuration.write_text(json.dumps(CONFIGURATION, indent=2))
    wstest = str(Path(options.wstest).absolute())
    found: dict[str, dict[int, Counter]] = {}
    faults: list[str] = []
    async with (
        running(str(options.gateway.absolute()), "serve", "--config", str(configuration), cwd=directory, log=directory / "roadstead.log"),
        serve(echo, "127.0.0.1", BACKEND, max_size=None, ping_interval=None, close_timeout=2)):
        await listening(GATEWAY)
        for role in roles:
            print(f"Autobahn, {role} ...", flush=True)
            if role == "upstream":
                reports, more = await fuzz_client_role(wstest, cases, directory)
                faults += more
            else:
                reports = await fuzz_server_role(wstest, role, cases, directory)
            found[role], more = judge(role, reports, cases)
            faults += more
    print(table(found), "", *faults, sep="\n")
    counted = sum(sum(counts.values()) for groups in found.values() for counts in groups.values())
    print(f"{counted - len(faults)} passed, {len(faults)} failed; reports in {directory}")
    return 1 if faults or not counted else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
