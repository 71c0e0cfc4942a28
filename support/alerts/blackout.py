"""The database does not answer, so no row can say so: one message without a row, and one when it is over."""

import hashlib
import logging
import os
import tempfile
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import Error

from support.alerts.channels import NotSent, configured, send
from support.models import Alert, AlertKind, Occasion, Severity

logger = logging.getLogger(__name__)
AGAIN_AFTER = timedelta(hours=1)
KEY = "database_silent"


def began() -> None:
    """Say it, unless another process of this machine has said it within the hour."""
    note = _note()
    with suppress(FileNotFoundError):
        if time.time() - note.stat().st_mtime > AGAIN_AFTER.total_seconds():
            note.unlink()
    try:
        # Whoever makes the file is the one who speaks; a link that waits there is not followed.
        os.close(os.open(note, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return
    _tell(_alert(opened_at=datetime.now(UTC)), Occasion.OPENED)


def over() -> None:
    """Say that it is over and keep a row about it, if it was said before. Raises: django.db.Error."""
    note = _note()
    try:
        said_at = note.stat().st_mtime
        note.unlink()
    except FileNotFoundError:
        return
    alert = _alert(opened_at=datetime.fromtimestamp(said_at, UTC))
    alert.closed_at = alert.last_seen_at = alert.notified_at = max(alert.opened_at, datetime.now(UTC))
    try:
        alert.save()
    except Error:
        note.touch(0o600)
        os.utime(note, (said_at, said_at))
        raise
    _tell(alert, Occasion.RECOVERED)


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


def _tell(alert: Alert, occasion: Occasion) -> None:
    for channel in configured():
        try:
            send(alert, occasion, channel=channel)
        except NotSent as error:
            logger.warning("alert_not_sent", extra={"channel": channel, "error": error.args[0]})


def _note() -> Path:
    """One file per installation and machine."""
    name = hashlib.sha256(f"{settings.BASE_URL} {settings.DATABASES['default']}".encode()).hexdigest()
    return Path(tempfile.gettempdir()) / f"launch-ready-blackout-{name[:16]}"
