"""Waiting until something is true, for as long as a busy machine may take."""

import time
from collections.abc import Callable


def eventually(true: Callable[[], bool], *, seconds: float = 60) -> bool:
    """Whether it became true within so many seconds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if true():
            return True
        time.sleep(0.05)
    return true()
