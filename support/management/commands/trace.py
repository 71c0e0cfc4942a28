"""`manage.py trace WHO [--json]`: one customer end to end."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from support.trace import Json, trace
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
        for line in _lines(data):
            self.stdout.write(line)


def _lines(data: Json) -> Iterator[str]:
    customer = data["customer"]
    who = (customer["name"] or "-", customer["email"] or "-", customer["country"])
    yield "  ".join([f"Customer {customer['id']}", *who]).rstrip()
    plans = ", ".join(customer["plans"]) or "-"
    yield f"  {customer['status']}  version {customer['version']}  plans: {plans}"
    yield f"  {customer['why']}"
    if customer["flags"]:
        yield f"  {', '.join(customer['flags'])}"
    yield from _section("Stripe events", map(_event, data["stripe_events"]))
    yield from _section("Lifecycle", map(_lifecycle, data["lifecycle"]))
    yield from _section("Destinations", (line for sync in data["syncs"] for line in _sync(sync)))


def _section(title: str, lines: Iterator[str]) -> Iterator[str]:
    yield ""
    yield title
    found = list(lines)
    yield from found or ["  none"]


def _event(event: Json) -> str:
    return f"  {event['received_at']}  {event['status']:<11}  {event['type']}  {event['id']}"


def _lifecycle(event: Json) -> str:
    return f"  {event['at']}  {event['type']}: {event['from']} -> {event['to']}  ({event['cause']})"


def _sync(sync: Json) -> Iterator[str]:
    reason = f": {sync['reason']}" if sync["reason"] else ""
    yield (
        f"  {sync['connection']} ({sync['kind']})  {sync['status']}{reason}"
        f"  version {sync['applied_version']} of {sync['desired_version']}"
    )
    for attempt in sync["attempts"]:
        words = "; ".join([*attempt["steps"], *filter(None, [attempt["error"]])])
        yield f"    {attempt['at']}  {attempt['outcome']}  {attempt['duration_ms']} ms  {words}"
