"""Several processes as one: prefixed output, restarts, and an end that leaves nothing running."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from config.launch.output import Output
from config.launch.signals import Signals

QUICK_SECONDS = 5.0
QUICK_DEATHS = 3
GRACE_SECONDS = 10.0


@dataclass
class Child:
    """One process line; `once` marks a task that is expected to end."""

    name: str
    command: str
    environ: Mapping[str, str]
    once: bool = False
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    quick_deaths: int = 0

    def start(self, cwd: Path) -> subprocess.Popen[bytes]:
        """Start it in a process group of its own, so that Ctrl-C reaches it through us only."""
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            ["sh", "-c", f"exec {self.command}"],
            cwd=cwd,
            env=dict(self.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        return self.process

    def ask_to_stop(self) -> None:
        """Let the main process end its own helpers in good order."""
        if self.process is not None:
            self.process.terminate()

    def end(self) -> int:
        """Kill what is left of the whole group and collect it. Returns the exit code."""
        if self.process is None:
            return 0
        with suppress(ProcessLookupError):  # all gone already
            os.killpg(self.process.pid, signal.SIGKILL)
        return self.process.wait()

    def has_ended(self) -> bool:
        """Whether its main process is gone."""
        return self.process is not None and self.process.poll() is not None


@dataclass
class Supervisor:
    """Keeps the children running until a signal, or until one cannot be kept running."""

    children: list[Child]
    signals: Signals
    cwd: Path
    output: Output = field(default_factory=Output)

    def run(self) -> int:
        """Returns 1 when a process keeps dying; raises SystemExit on a signal."""
        try:
            for child in self.children:
                self._start(child)
            while all(self._tend(child) for child in self.children):
                time.sleep(0.1)
            return 1
        finally:
            with self.signals.held():
                self._stop()

    def _start(self, child: Child) -> None:
        with self.signals.held():
            process = child.start(self.cwd)
        self.output.follow(process, name=child.name)

    def _tend(self, child: Child) -> bool:
        """Restart a child that ended; False when that is hopeless."""
        if not child.has_ended():
            return True
        code = child.end()
        child.process = None
        if child.once:
            return True
        lived = time.monotonic() - child.started
        child.quick_deaths = child.quick_deaths + 1 if lived < QUICK_SECONDS else 0
        if child.quick_deaths >= QUICK_DEATHS:
            self.output.say(
                f"{child.name} ended {QUICK_DEATHS} times at once (exit {code}): stopping everything."
            )
            return False
        self.output.say(f"{child.name} ended unexpectedly (exit {code}): starting it again.")
        self._start(child)
        return True

    def _stop(self) -> None:
        self.output.say("Stopping ...")
        for child in self.children:
            child.ask_to_stop()
        deadline = time.monotonic() + GRACE_SECONDS
        while any(child.process and not child.has_ended() for child in self.children):
            if self.signals.hurry or time.monotonic() > deadline:
                break
            time.sleep(0.05)
        for child in self.children:
            child.end()
        self.output.close()
        self.output.say("Everything has stopped.")
