"""`manage.py trace WHO [--json]`: one customer end to end."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from support import trace_text
from support.trace import trace
from support.who import NobodyError, find


class Command(BaseCommand):
    help = "Show one customer end to end: state, Stripe events, lifecycle, syncs and their attempts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("who", help="an e-mail, cus_, sub_, evt_, pi_, cs_ or our id")
        parser.add_argument("--json", action="store_true", help="as one JSON object")

    def handle(self, *args: Any, who: str, **options: Any) -> None:
        try:
            people = find(who)
        except NobodyError as error:
            raise CommandError(str(error)) from error
        if len(people) > 1:
            ids = ", ".join(str(each.pk) for each in people)
            raise CommandError(f"{len(people)} customers are meant: ask again with one of the ids {ids}.")
        data = trace(people[0], timezone.now())
        if options["json"]:
            self.stdout.write(json.dumps(data, indent=2))
            return
        self.stdout.write(trace_text.written(data, personal=True))
