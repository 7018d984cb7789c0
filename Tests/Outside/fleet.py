"""Backends in processes of their own that can be killed, stopped and started again on the same port."""

import contextlib
import os
import signal
import subprocess
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from backends import NODE_ENVIRONMENT, PROGRAMS
from ports import free_port

PYTHON = (sys.executable, str(PROGRAMS / "counting_backend.py"))
NODE = ("node", str(PROGRAMS / "counting_backend.js"))


@dataclass
class Life:
    """One life of a backend, from its start to its loss; times are monotonic seconds, the same for all processes of the machine."""

    log: Path
    started: float
    # When it was killed or, before that, stopped; and when the kernel had closed what a killed one had open.
    lost: float | None = None
    gone: float | None = None
    was_stopped: bool = False

    def tells(self, moment: float) -> str:
        """How a moment lies in this life, in words."""
        loss = "never lost" if self.lost is None else f"{moment - self.lost:+.2f} s from its {'stop' if self.was_stopped else 'death'}"
        return f"at {self.log.stem} {moment - self.started:+.2f} s from its start, {loss}"

    def lines(self) -> list[list[str]]:
        """The words of each line that it logged; a line may be cut short by the kill."""
        text = self.log.read_text() if self.log.exists() else ""
        return [line.split() for line in text.splitlines(keepends=True) if line.endswith("\n")]


class Member:
    """A counting backend on a port that stays the same over all its lives."""

    def __init__(self, program: tuple[str, ...], directory: Path, name: str, stream_seconds: float = 0):
        self.program, self.directory, self.name, self.stream_seconds = program, directory, name, stream_seconds
        self.port = free_port()
        self.lives: list[Life] = []
        self._process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    @property
    def life(self) -> Life:
        return self.lives[-1]

    def start(self) -> "Member":
        """Starts it and waits until it listens."""
        log = self.directory / f"{self.name}-{len(self.lives)}.log"
        command = [*self.program, str(self.port), str(log), str(self.stream_seconds)]
        with (self.directory / f"{self.name}.errors").open("ab") as errors:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True, env=NODE_ENVIRONMENT
            )
        first = self._process.stdout.readline()
        assert first == "ready\n", f"{self.name} ended at once: {self.errors}"
        self.lives.append(Life(log, time.monotonic()))
        return self

    def kill(self) -> None:
        """SIGKILL, and waits for its end."""
        if self._process is None:
            return
        if self.life.lost is None:
            self.life.lost = time.monotonic()
        self._process.kill()
        self._process.wait()
        if not self.life.was_stopped:
            self.life.gone = time.monotonic()
        self._process.stdout.close()
        self._process = None

    def restart(self) -> None:
        """Kills it and starts it again on the same port."""
        self.kill()
        self.start()

    def stop(self) -> None:
        """SIGSTOP: its port still answers, the kernel takes what fits, and nobody reads."""
        self.life.lost = self.life.gone = time.monotonic()
        self.life.was_stopped = True
        os.kill(self._process.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        """SIGCONT."""
        os.kill(self._process.pid, signal.SIGCONT)

    def hush(self) -> None:
        """SIGUSR2: it sends no more messages of its own."""
        os.kill(self._process.pid, signal.SIGUSR2)

    @property
    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def errors(self) -> str:
        """What it wrote to standard error in all its lives."""
        return (self.directory / f"{self.name}.errors").read_text(errors="replace")


@contextlib.contextmanager
def fleet(directory: Path, *programs: tuple[str, ...], stream_seconds: float = 0):
    """Started members, one for each program; all are killed at the end of the block."""
    members = [Member(program, directory, f"backend-{number}", stream_seconds) for number, program in enumerate(programs)]
    try:
        for member in members:
            member.start()
        yield members
    finally:
        for member in members:
            member.kill()
