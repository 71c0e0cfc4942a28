"""Named places where a test kills this very process; in production there is no way to arm one."""

import os
import signal
from collections.abc import Mapping

NAMES = frozenset(
    {
        # the engine: one run of one sync
        "after_claim",
        "before_call",
        "after_call_before_record",
        "after_record",
        # the door: one delivery
        "before_commit",
        "after_commit_before_response",
        # the inbox: one root object
        "after_read_before_write",
        "after_write_before_mark",
    }
)


def armed(environ: Mapping[str, str]) -> tuple[str, str] | None:
    """The failpoint and marker file that FAILPOINT=name[:file] asks for; None anywhere but in development.

    Raises: ValueError for a name that nobody reaches, so that a test cannot wait for nothing.
    """
    name, _, marker = environ.get("FAILPOINT", "").partition(":")
    if not name or environ.get("ENVIRONMENT") != "development":
        return None
    if name not in NAMES:
        raise ValueError(f"There is no failpoint {name}.")
    return name, marker


_armed = armed(os.environ)


def reach(name: str) -> None:
    """Die here by SIGKILL if this failpoint is armed: each time, or once per marker file."""
    if _armed is not None and _armed[0] == name and _is_first(_armed[1]):
        os.kill(os.getpid(), signal.SIGKILL)


def _is_first(marker: str) -> bool:
    """Whether the marker file was not there; it is now."""
    if not marker:
        return True
    try:
        os.close(os.open(marker, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True
