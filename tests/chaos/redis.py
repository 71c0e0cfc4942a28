"""A Redis that a test may kill, freeze, fill, lock or turn into a replica."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from celery import Celery
from redis import Redis

from tests.bringup.capabilities import not_run
from tests.bringup.redis import free_port, wait_for_port


class Broker:
    """One redis-server on a port of its own; `url` stays the same across restarts."""

    def __init__(self, folder: Path) -> None:
        self._program = shutil.which("redis-server") or not_run("redis", why="no redis-server")
        self._folder = folder
        self._port = free_port()
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self.start()

    def start(self) -> None:
        settings = ["--bind", "127.0.0.1", "--save", "", "--dir", str(self._folder)]
        command = [self._program, "--port", str(self._port), *settings]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_for_port(self._port)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def freeze(self) -> None:
        os.kill(self._process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self._process.pid, signal.SIGCONT)

    def fill(self) -> None:
        """It refuses every write: out of memory."""
        self._set("maxmemory-policy", "noeviction")
        self._set("maxmemory", "1mb")

    def drain(self) -> None:
        self._set("maxmemory", "0")

    def become_replica(self) -> None:
        """It refuses every write: its master is elsewhere, and gone."""
        self._ask("REPLICAOF", "127.0.0.1", "9")

    def become_master(self) -> None:
        self._ask("REPLICAOF", "NO", "ONE")

    def lock(self) -> None:
        """It now wants a password, which nobody of ours has; whoever is connected is thrown out."""
        self._set("requirepass", "another")
        with Redis.from_url(self.url, password="another") as client:
            client.execute_command("CLIENT", "KILL", "TYPE", "normal")

    def unlock(self) -> None:
        with Redis.from_url(self.url, password="another") as client:
            client.execute_command("CONFIG", "SET", "requirepass", "")

    def _set(self, name: str, value: str) -> None:
        self._ask("CONFIG", "SET", name, value)

    def _ask(self, *words: str) -> None:
        with Redis.from_url(self.url, socket_timeout=5) as client:
            client.execute_command(*words)


@contextmanager
def broker(folder: Path) -> Iterator[Broker]:
    """One that dies with the block."""
    made = Broker(folder)
    try:
        yield made
    finally:
        made.kill()


def consumed(url: str) -> list[str]:
    """The queues that the worker says it reads."""
    with Celery(broker=url) as app:
        answers = app.control.inspect(timeout=2).active_queues() or {}
    return [queue["name"] for queues in answers.values() for queue in queues]
