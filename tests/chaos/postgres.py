"""A PostgreSQL with durable commits that a test may freeze, kill, restart or fill."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.launch.postgres import EmbeddedPostgres


class Server:
    """The server's processes, by its data folder. `url` stays the same across restarts."""

    def __init__(self, folder: Path) -> None:
        self._server = EmbeddedPostgres(folder)
        self._folder = folder
        self.url = self._server.start()

    @property
    def pid(self) -> int:
        return int((self._folder / "postmaster.pid").read_text().split()[0])

    def pids(self) -> list[int]:
        """The server and its children."""
        found = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(self.pid)], capture_output=True, text=True, check=False
        )
        return [self.pid, *map(int, found.stdout.split())]

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Alive, its sockets open, and silent."""
        stopped = self.pids()
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in stopped:
                os.kill(pid, signal.SIGCONT)

    def stop(self, *, immediately: bool = False) -> None:
        """Shut down; immediately means without a checkpoint, so that the start has to recover."""
        pid = self.pid
        os.kill(pid, signal.SIGQUIT if immediately else signal.SIGINT)
        _gone(pid)

    def start(self) -> None:
        self._server = EmbeddedPostgres(self._folder)
        assert self._server.start() == self.url

    def destroy(self) -> None:
        self._server.destroy()


def _gone(pid: int) -> None:
    subprocess.run(["tail", f"--pid={pid}", "-f", "/dev/null"], timeout=30, check=True)


@contextmanager
def server(folder: Path | None = None) -> Iterator[Server]:
    """One that dies with the block."""
    made = Server(folder or Path(tempfile.mkdtemp(prefix="launch-ready-test-")))
    try:
        yield made
    finally:
        made.destroy()
