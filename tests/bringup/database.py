"""One real PostgreSQL for the whole run: DATABASE_URL_TEST, or one from the wheel that dies with the run."""

import atexit
import signal
import sys
import tempfile
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from config.launch.postgres import EmbeddedPostgres


def choose(environ: MutableMapping[str, str]) -> None:
    """Set DATABASE_URL once per run; the workers of a parallel run share their controller's server."""
    if "PYTEST_XDIST_WORKER" not in environ:
        environ["DATABASE_URL"] = environ.get("DATABASE_URL_TEST") or _start()


@contextmanager
def own_database() -> Iterator[str]:
    """A PostgreSQL beside the run's own, for processes whose rows must not meet those of other tests.

    Not in pytest's own folder: as root the server runs as another user, who may not enter there.
    """
    server = EmbeddedPostgres(Path(tempfile.mkdtemp(prefix="launch-ready-test-")), throwaway=True)
    try:
        yield server.start()
    finally:
        server.destroy()


def _start() -> str:
    server = EmbeddedPostgres(Path(tempfile.mkdtemp(prefix="launch-ready-test-")), throwaway=True)
    atexit.register(server.destroy)
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, _leave)
    return server.start()


def _leave(signum: int, _frame: FrameType | None) -> None:
    sys.exit(128 + signum)  # lets `atexit` stop the server
