"""`manage.py replay WHO` or `--dead`: dead letters (syncs and events), with a preview."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from billing.models import StripeEvent
from billing.models.stripe_event import EventStatus
from customers.models import Customer
from integrations.models import Sync
from integrations.models.sync import SyncStatus
from support import deadletters
from support.screen.naming import place_of
from support.who import NobodyError, find


class Command(BaseCommand):
    help = "Replay dead letters of one customer, or all of them; shows first what it would replay."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("who", nargs="?", help="an e-mail, cus_, sub_, evt_, pi_, cs_ or our id")
        parser.add_argument("--dead", action="store_true", help="every dead letter there is")
        parser.add_argument("--yes", action="store_true", help="do not ask")
        parser.add_argument("--dry-run", action="store_true", help="only show what would be replayed")
        parser.add_argument("--reason", default="", help="why; kept in the audit record")

    def handle(self, *args: Any, **options: Any) -> None:
        if bool(options["who"]) == options["dead"]:
            raise CommandError("Say whose dead letters to replay: WHO, or --dead for all.")
        syncs, events = _dead(options["who"])
        for line in [*map(_sync_line, syncs), *map(_event_line, events)]:
            self.stdout.write(line)
        if not syncs and not events:
            self.stdout.write("There is nothing to replay: no dead letters.")
            return
        if options["dry_run"]:
            self.stdout.write(f"{_counted(len(syncs) + len(events))}. Dry run: nothing was replayed.")
            return
        if not (options["yes"] or self._agreed(len(syncs) + len(events))):
            raise CommandError("Nothing was replayed; answer y (a piped y will do), or give --yes.")
        reason = options["reason"] or "from the command line"
        if syncs:
            self.stdout.write("Syncs: " + deadletters.replay(syncs, by=None, reason=reason).sentence())
        if events:
            self.stdout.write(
                "Events: " + deadletters.replay_events(events, by=None, reason=reason).sentence()
            )

    def _agreed(self, count: int) -> bool:
        """A piped y counts as well as a typed one; an end of input is a no."""
        self.stdout.write(f"Replay {_counted(count)}? [y/N] ", ending="")
        self.stdout.flush()
        return sys.stdin.readline().strip().lower() in ("y", "yes")


def _dead(who: str | None) -> tuple[list[Sync], list[StripeEvent]]:
    syncs = Sync.objects.filter(status=SyncStatus.DEAD_LETTER).select_related("connection").order_by("pk")
    events = StripeEvent.objects.filter(status=EventStatus.DEAD_LETTER).defer("body").order_by("pk")
    if who is None:
        return list(syncs), list(events)
    if who.startswith("evt_"):  # an event that was given up may belong to nobody yet
        named = list(events.filter(event_id=who))
        people = list(Customer.objects.filter(stripe_events__event_id=who).distinct())
        if not named and not people:
            raise CommandError(
                f"Nobody found: no event {who} that is a dead letter or belongs to a person is known."
            )
        return list(syncs.filter(customer__in=people)), named
    try:
        people = find(who)
    except NobodyError as error:
        raise CommandError(str(error)) from error
    return list(syncs.filter(customer__in=people)), list(events.filter(customer__in=people))


def _sync_line(sync: Sync) -> str:
    words = sync.explanation or sync.reason
    return f"sync {sync.pk}  customer {sync.customer_id}  {place_of(sync.connection)}  {words}"


def _event_line(event: StripeEvent) -> str:
    return f"event {event.event_id}  {event.type}  {event.reason}"


def _counted(count: int) -> str:
    return f"{count} dead letter{'s' if count != 1 else ''}"
