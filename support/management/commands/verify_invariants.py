"""`manage.py verify_invariants`: exit 0, or the rows that break a rule and exit 1."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from support.invariants import broken


class Command(BaseCommand):
    help = "Check what must always hold; prints the ids of rows that break a rule."

    def handle(self, *args: Any, **options: Any) -> None:
        violations = broken(timezone.now())
        for violation in violations:
            self.stdout.write(violation.sentence())
        if violations:
            count = len(violations)
            self.stderr.write(f"{count} rule{'s are' if count != 1 else ' is'} broken.")
            sys.exit(1)
        self.stdout.write("Every rule holds.")
