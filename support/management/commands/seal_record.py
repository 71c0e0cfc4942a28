"""manage.py seal_record --reason TEXT: accept the record as it is, after a look at what changed it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from support import audit, seals
from support.invariants import patient


class Command(BaseCommand):
    help = "Seal the record of staff acts anew. Only after finding out what changed it: see the runbook."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reason", required=True, help="what was found out; kept in the record")

    def handle(self, *, reason: str, **_: Any) -> None:
        with transaction.atomic(), patient():
            found = seals.differences()
            if not found:
                raise CommandError("Nothing differs from the last seal: there is nothing to accept.")
            audit.record(
                "seal_record", "auditentry:all", by=None, reason=reason, change=({"found": found}, {})
            )
            if not seals.seal(anew=True):
                raise CommandError(
                    "Not yet: the last seal is younger than a minute, or than a transaction "
                    "that is still open. Try again in a minute."
                )
        self.stdout.write("Sealed as it is now.")
