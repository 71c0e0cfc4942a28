"""A real Redis for the tests whose behaviour needs one."""

import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.bringup.capabilities import not_run

# Below those from which the system takes one for each call and each test's server: between the choice and the
# start of a process they would get it, and a call to one that is still free can meet itself.
LOWEST_PORT, HIGHEST_PORT = 15_000, 32_000


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    """A Redis of this test alone."""
    with own_redis(tmp_path) as url:
        yield url


@contextmanager
def own_redis(folder: Path) -> Iterator[str]:
    """REDIS_URL_TEST, or a fresh `redis-server`; skips loudly where neither exists."""
    given = os.environ.get("REDIS_URL_TEST")
    if given:
        yield given
        return
    program = shutil.which("redis-server") or not_run("redis", why="no REDIS_URL_TEST and no redis-server")
    port = free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        wait_for_port(port)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.kill()  # also ends a server that the test froze
        process.wait()


def free_port() -> int:
    """A port that nobody listens on, and that the system gives to nobody who asks it for any."""
    while True:
        # Not by `random`, which is seeded alike in all workers.
        port = LOWEST_PORT + secrets.randbelow(HIGHEST_PORT - LOWEST_PORT)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def wait_for_port(port: int, *, seconds: float = 60) -> None:
    """Return when something listens there."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise TimeoutError(f"nothing listens on port {port}")
