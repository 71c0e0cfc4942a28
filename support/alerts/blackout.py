"""The database does not answer, so no row can say so: one message without a row, and one when it is over.

A folder of this machine remembers what no row can: since when it lasts, and when each channel was told last.
"""

import fcntl
import hashlib
import logging
import os
import stat
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings

from support.alerts.channels import NotSent, configured, send
from support.models import Alert, AlertKind, Channel, Occasion, Severity

logger = logging.getLogger(__name__)
AGAIN_AFTER = timedelta(hours=1)  # also when it was over in between
KEY = "database_silent"
LASTS, LOCK = "lasts", "lock"


def began() -> None:
    """Say it through each channel that has not taken it within the hour from a process of this machine."""
    _alone(_say_that_it_began)


def over() -> None:
    """Say that it is over, to whom it was said, and keep a row about it. Raises: django.db.Error."""
    if _moment(_note() / LASTS):
        _alone(_say_that_it_is_over)


def _say_that_it_began(note: Path) -> None:
    since = _moment(note / LASTS) or _mark(note / LASTS)
    for channel in configured():
        due = time.time() - _moment(note / channel) > AGAIN_AFTER.total_seconds()
        if due and _told(_alert(since=since), Occasion.OPENED, channel=channel):
            _mark(note / channel)


def _say_that_it_is_over(note: Path) -> None:
    since = _moment(note / LASTS)
    if not since:
        return
    alert = _alert(since=since)
    alert.closed_at = alert.last_seen_at = alert.notified_at = max(alert.opened_at, datetime.now(UTC))
    alert.save()  # first: while the database takes nothing, it lasts
    (note / LASTS).unlink()
    for channel in configured():
        if _moment(note / channel) >= since:
            _told(alert, Occasion.RECOVERED, channel=channel)


def _alone(act: Callable[[Path], None]) -> None:
    """Do it with the folder, unless another process of this machine does so now; they all try again soon."""
    note = _note()
    try:
        note.mkdir(0o700, exist_ok=True)
        found = note.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            raise FileExistsError  # a link that waits there is not followed
        with (note / LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            act(note)
    except BlockingIOError:
        pass  # another process does it now
    except OSError as error:  # a stranger's file waits there; the thread must live
        logger.warning("blackout_not_noted", extra={"error": type(error).__name__})


def _moment(file: Path) -> float:
    """The moment that the file stands for; 0 without one."""
    with suppress(OSError):
        return file.stat().st_mtime
    return 0.0


def _mark(file: Path) -> float:
    """Have the file stand for this moment."""
    now = time.time()
    file.touch(0o600)
    os.utime(file, (now, now))
    return now


def _alert(*, since: float) -> Alert:
    return Alert(
        kind=AlertKind.DATABASE_SILENT,
        key=KEY,
        severity=Severity.CRITICAL,
        what="The database does not answer. Deliveries are answered 503, and nobody's state changes.",
        next_step="Look at PostgreSQL: does it run, is its disk full, are its connections used up? Stripe "
        "delivers again for three days.",
        path="/admin/support/alert/",
        opened_at=datetime.fromtimestamp(since, UTC),
    )


def _told(alert: Alert, occasion: Occasion, *, channel: Channel) -> bool:
    try:
        send(alert, occasion, channel=channel)
    except NotSent as error:
        logger.warning("alert_not_sent", extra={"channel": channel, "error": error.args[0]})
        return False
    return True


def _note() -> Path:
    """One folder per installation and machine."""
    name = hashlib.sha256(f"{settings.BASE_URL} {settings.DATABASES['default']}".encode()).hexdigest()
    return Path(tempfile.gettempdir()) / f"launch-ready-silence-{name[:16]}"
