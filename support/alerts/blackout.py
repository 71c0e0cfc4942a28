"""The database does not answer, so no row can say so: one message without a row, and one when it is over."""

import hashlib
import logging
import os
import shutil
import stat
import tempfile
import time
import uuid
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import Error

from support.alerts.channels import NotSent, configured, send
from support.models import Alert, AlertKind, Channel, Occasion, Severity

logger = logging.getLogger(__name__)
AGAIN_AFTER = timedelta(hours=1)
KEY = "database_silent"


def began() -> None:
    """Say it through each channel that has not taken it within the hour from a process of this machine."""
    try:
        note = _note()
        said_at = _opened(note)
        for channel in configured():
            _say_once(note / channel, channel=channel, said_at=said_at)
            os.utime(note, (said_at, said_at))
    except OSError as error:  # a stranger's file waits there, or it is over meanwhile; the thread must live
        logger.warning("blackout_not_noted", extra={"error": type(error).__name__})


def over() -> None:
    """Say that it is over, to whom it was said, and keep a row about it. Raises: django.db.Error."""
    note = _note()
    mine = note.with_name(f"{note.name}-{uuid.uuid4().hex}")
    said_at = _since(note)
    if said_at is None:
        return
    try:
        note.rename(mine)  # whoever does that is the one who speaks
    except FileNotFoundError:
        return
    alert = _alert(opened_at=datetime.fromtimestamp(said_at, UTC))
    alert.closed_at = alert.last_seen_at = alert.notified_at = max(alert.opened_at, datetime.now(UTC))
    try:
        alert.save()
    except Error:
        try:
            mine.rename(note)
        except OSError:  # another process began again already
            shutil.rmtree(mine, ignore_errors=True)
        raise
    told = [channel for channel in configured() if (mine / channel).exists()]
    shutil.rmtree(mine, ignore_errors=True)
    for channel in told:
        _told(alert, Occasion.RECOVERED, channel=channel)


def _opened(note: Path) -> float:
    """Have the folder whose files say which channels took it, anew after an hour; since when it is there."""
    since = _since(note)
    if since is not None and time.time() - since > AGAIN_AFTER.total_seconds():
        shutil.rmtree(note)
    with suppress(FileExistsError):
        note.mkdir(0o700)
    since = _since(note)
    if since is None:
        raise FileExistsError
    return since


def _since(note: Path) -> float | None:
    """When the folder was made; None without one that is ours. A link that waits there is not followed."""
    try:
        found = note.lstat()
    except FileNotFoundError:
        return None
    return found.st_mtime if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() else None


def _say_once(taken: Path, *, channel: Channel, said_at: float) -> None:
    """Whoever makes the file is the one who speaks; it stays when the channel took the message."""
    try:
        os.close(os.open(taken, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return
    alert = _alert(opened_at=datetime.fromtimestamp(said_at, UTC))
    if not _told(alert, Occasion.OPENED, channel=channel):
        taken.unlink(missing_ok=True)


def _alert(*, opened_at: datetime) -> Alert:
    return Alert(
        kind=AlertKind.DATABASE_SILENT,
        key=KEY,
        severity=Severity.CRITICAL,
        what="The database does not answer. Deliveries are answered 503, and nobody's state changes.",
        next_step="Look at PostgreSQL: does it run, is its disk full, are its connections used up? Stripe "
        "delivers again for three days.",
        path="/admin/support/alert/",
        opened_at=opened_at,
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
