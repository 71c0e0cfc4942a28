"""`manage.py connection SLUG [status, pause, resume, shadow, live]`: one connection from the command line."""

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count
from django.utils import timezone

from integrations.models import Connection, Mode, Sync
from support import connections

ACTS = ("status", "pause", "resume", "shadow", "live")


class Command(BaseCommand):
    help = "Show, pause or resume one connection, or change its mode."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("act", nargs="?", choices=ACTS, default="status")
        parser.add_argument("--reason", default="from the command line", help="why; kept in the audit record")

    def handle(self, *args: Any, slug: str, act: str, reason: str, **options: Any) -> None:
        try:
            row = _do(slug, act, reason)
        except Connection.DoesNotExist as error:
            known = ", ".join(Connection.objects.values_list("slug", flat=True)) or "none yet"
            raise CommandError(f'There is no connection "{slug}". Known: {known}.') from error
        except connections.NotPossibleError as error:
            raise CommandError(str(error)) from error
        for line in _status(row):
            self.stdout.write(line)


def _do(slug: str, act: str, reason: str) -> Connection:
    if act == "pause":
        return connections.pause(slug, by=None, reason=reason)
    if act == "resume":
        return connections.resume(slug, by=None, reason=reason)
    if act in (Mode.SHADOW, Mode.LIVE):
        return connections.set_mode(slug, Mode(act), by=None, reason=reason)
    return Connection.objects.get(slug=slug)


def _status(row: Connection) -> Iterator[str]:
    yield f"{row.slug} ({row.kind}): {row.mode}, {_health(row)}"
    if row.quota_limit:
        yield f"  month: {row.quota_used} of {row.quota_limit} calls"
    counts = (
        Sync.objects.filter(connection=row).values_list("status").annotate(Count("pk")).order_by("status")
    )
    for status, count in counts:
        yield f"  {status}: {count}"


def _health(row: Connection) -> str:
    if row.paused_at:
        return f"paused since {row.paused_at:%Y-%m-%d %H:%M} UTC ({row.pause_reason})"
    if row.open_until:
        return f"not answering: {row.failures_in_row} failures in a row, tried again every 30 s"
    if row.wait_until and row.wait_until > timezone.now():
        return f"asked us to wait until {row.wait_until:%H:%M:%S} UTC"
    return "working"
