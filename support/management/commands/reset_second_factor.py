"""manage.py reset_second_factor NAME --reason TEXT: for the one who lost the phone and all recovery codes."""

from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from support import audit, factors


class Command(BaseCommand):
    help = "Remove somebody's second factor and unlock their sign-in."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--reason", required=True)

    def handle(self, *, name: str, reason: str, **_: Any) -> None:
        with transaction.atomic():
            user = User.objects.select_for_update().filter(username=name).first()
            if user is None:
                raise CommandError("Nobody has this name. It is what they type to sign in.")
            removed = factors.take_away(user)
            AxesProxyHandler.reset_attempts(username=name)
            audit.record("reset_second_factor", user, by=None, reason=reason)
        self.stdout.write("Removed: the next sign-in sets up a new app." if removed else "None was set up.")
