"""A started launcher, its output so far, and the processes that carry its mark."""

import os
import queue
import signal
import subprocess
import threading
import time
from pathlib import Path

import psutil

from config.launch.leftovers import MARK, leftovers


class Running:
    """One launcher in a session of its own, as a terminal would start it."""

    def __init__(self, command: list[str], *, cwd: Path, mark: Path, environ: dict[str, str]) -> None:
        self.mark = mark
        self.said = ""
        self._lines: queue.Queue[str] = queue.Queue()
        self.process = subprocess.Popen(
            command,
            cwd=cwd,
            env=environ | {MARK: str(mark)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, text: str, *, seconds: float = 90) -> None:
        """Read its output until the text has appeared."""
        deadline = time.monotonic() + seconds
        while text not in self.said:
            over = time.monotonic() > deadline or not self._reader.is_alive()
            try:
                self.said += self._lines.get(timeout=0.2)
            except queue.Empty:
                assert not over, f"never said {text!r}; said:\n{self.said}"

    def stop(self, signum: signal.Signals = signal.SIGINT, *, seconds: float = 90) -> int:
        """Signal the launcher as a terminal does, its whole foreground group. Returns the exit code."""
        os.killpg(self.process.pid, signum)
        return self.ended(seconds=seconds)

    def ended(self, *, seconds: float = 90) -> int:
        """Wait for the launcher's end and the rest of its output. Returns the exit code."""
        code = self.process.wait(timeout=seconds)
        self._reader.join(timeout=5)
        while not self._lines.empty():
            self.said += self._lines.get()
        return code

    def alive(self) -> list[str]:
        """The command lines that still run, the launcher's own included."""
        return [
            " ".join(each.cmdline()) for each in leftovers(self.mark) if each.status() != psutil.STATUS_ZOMBIE
        ]

    def kill(self) -> None:
        """The end of a test, whatever happened in it."""
        for each in leftovers(self.mark):
            each.kill()
        self.process.wait()
        self._reader.join(timeout=5)
        if self.process.stdout:
            self.process.stdout.close()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)
