"""Processes of a launcher that was killed before it could stop them."""

import os
from pathlib import Path

import psutil

# Every process of a run carries its checkout's path in this environment variable.
MARK = "LAUNCHED_FROM"


def leftovers(root: Path) -> list[psutil.Process]:
    """Running processes that were launched from this checkout."""
    others = (process for process in psutil.process_iter() if process.pid != os.getpid())
    return [process for process in others if _mark(process) == str(root)]


def end_leftovers(root: Path) -> None:
    """Kill them; only for the holder of the checkout's lock, so that no living run is meant."""
    found = leftovers(root)
    for process in found:
        print(f"Ending a process that an earlier run left behind (pid {process.pid}).", flush=True)
        process.kill()
    psutil.wait_procs(found, timeout=5)


def _mark(process: psutil.Process) -> str | None:
    try:
        mark: str | None = process.environ().get(MARK)
    except (psutil.Error, OSError):
        return None  # somebody else's, or gone meanwhile
    return mark
