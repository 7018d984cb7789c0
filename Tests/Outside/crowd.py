"""Many clients, spread over a few processes because one Python process is slow."""

import contextlib
import json
import random
import select
import sys
import time
from pathlib import Path

import backends
from waiting import wait_until


class Crowd:
    """Client processes that follow the same commands; see `programs/storm_client.py`."""

    def __init__(self, processes: list, reports: list[Path], sessions: int):
        self._processes, self._reports, self.sessions = processes, reports, sessions

    def talk(self) -> None:
        """Every session sends numbered messages from now on."""
        self._tell("talk")

    def count(self) -> dict[str, int]:
        """The sums of what all sessions sent and got, and how many were closed."""
        answers = self._tell("count")
        return {key: sum(answer[key] for answer in answers) for key in answers[0]}

    def last(self) -> None:
        """Ends the talk; each session sends one more message."""
        self._tell("last")

    def leave(self) -> list[dict]:
        """Closes every session with 1000 and returns the sessions' reports."""
        self._tell("leave", 60)
        return [report for path in self._reports for report in json.loads(path.read_text())]

    def settle(self, seconds: float = 30, still: float = 2) -> None:
        """Waits until nothing has arrived any more for `still` seconds."""
        seen, since = None, time.monotonic()

        def is_still() -> bool:
            nonlocal seen, since
            if (current := self.count()) != seen:
                seen, since = current, time.monotonic()
            return time.monotonic() - since > still

        wait_until(is_still, "the clients have got what there was", seconds)

    def _tell(self, command: str, seconds: float = 30) -> list[dict]:
        for process in self._processes:
            process.stdin.write(command + "\n")
            process.stdin.flush()
        deadline = time.monotonic() + seconds
        for process in self._processes:
            ready, _, _ = select.select([process.stdout], [], [], max(0, deadline - time.monotonic()))
            assert ready, f"no answer to `{command}` within {seconds} s"
        return [json.loads(process.stdout.readline()) for process in self._processes]


@contextlib.contextmanager
def crowd(gateway, directory: Path, sessions: int, processes: int = 1, period: float = 2, path: str = "/relay", first: int = 0):
    """A crowd whose sessions are all open; they are numbered from `first`."""
    shares = [sessions // processes + (number < sessions % processes) for number in range(processes)]
    with contextlib.ExitStack() as stack:
        running, reports = [], []
        for share in shares:
            reports.append(directory / f"clients-from-{first}.json")
            command = [
                sys.executable, str(backends.PROGRAMS / "storm_client.py"), gateway.url(path), str(gateway.authority),
                str(first), str(share), str(period), str(reports[-1]), str(random.randrange(1 << 32)),
            ]  # fmt: skip
            running.append(stack.enter_context(backends.starting(*command)))
            first += share
        for process in running:
            backends.wait_for_first_line(process)
        yield Crowd(running, reports, sessions)
