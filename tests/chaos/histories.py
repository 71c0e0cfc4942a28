"""One small world for a history: its sandbox, its rows, and the moves that misfortune has."""

import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection as database
from django.db.models import Q

from billing.models import StripeEvent
from customers import overrides
from customers.models import Customer, Override, Plan
from integrations.engine.claim import claim
from integrations.models import WAITING, Connection, Sync, SyncStatus
from integrations.sandbox import Sandbox, SandboxServer
from integrations.sweeper import drain
from support import deadletters
from tests.billing.world import World
from tests.bringup.cleaning import clean
from tests.chaos import checker, ground
from tests.chaos.business import Business
from tests.factories import UserFactory

PEOPLE = 2  # few, so that much happens to each
MONTH = timedelta(days=30)
ROUNDS = 30
DUE = {
    "integrations_sync": (
        *("due_at", "handed_until", "lease_until", "wanted_at"),
        *("bulk_removal_at", "first_failed_at"),
    ),
    "integrations_connection": ("wait_until", "open_until", "tokens_at", "next_start_at"),
    "billing_stripeevent": ("due_at", "lease_until"),
}
Event = dict[str, Any]


class History:
    """Empty tables, a fresh sandbox over HTTP, and two people."""

    def __init__(self) -> None:
        clean()
        self.sandbox = Sandbox.stocked()
        self.sandbox.stripe.webhook_secret = settings.STRIPE_WEBHOOK_SECRETS[0]
        self._server = SandboxServer(self.sandbox)
        url = self._server.start()
        settings.STRIPE_API_BASE = f"{url}/stripe"
        settings.CIRCLE_API_BASE = f"{url}/circle/api/admin/v2"
        settings.KIT_API_BASE = f"{url}/kit/v4"
        with tempfile.TemporaryDirectory() as folder:
            call_command("load_catalog", str(ground.unhurried(Path(folder))), stdout=StringIO())
        Connection.objects.update_or_create(
            slug="stripe",
            defaults={
                "kind": "stripe", "credential": "STRIPE_API_KEY", "options": {"calls_per_window": 60_000},
            },
        )  # fmt: skip
        self.staff = UserFactory.create()
        self.business = Business(self.sandbox, seed=1, people=PEOPLE)
        self.given: dict[str, Override] = {}
        self.delivered: list[Event] = []
        self._world = World(self.sandbox)
        self._taken = 0
        self.bag: list[Event] = []

    def close(self) -> None:
        self._server.stop()

    def acts(self, person: int, choice: int) -> None:
        possible = self.business.possible(f"chaos{person}@example.com")
        possible[choice % len(possible)]()

    def collect(self) -> list[Event]:
        """Put what Stripe said since into the bag of what was not delivered yet."""
        events = self.sandbox.stripe.events
        self.bag += events[self._taken :]
        self._taken = len(events)
        return self.bag

    def deliver(self, events: Sequence[Event]) -> None:
        assert set(self._world.deliver(*events)) <= {200}
        self.delivered += events
        self.bag = [each for each in self.bag if each not in events]

    def passes(self, seconds: float) -> None:
        """As if the database's clock had moved on, for whatever waits."""
        for table, columns in DUE.items():
            moved = ", ".join(f"{each} = {each} - make_interval(secs => %(seconds)s)" for each in columns)
            with database.cursor() as cursor:
                cursor.execute(f"UPDATE {table} SET {moved}", {"seconds": seconds})

    def worker_dies(self) -> None:
        """A worker takes a sync, and another an event, and neither ever comes back."""
        past = datetime.now(UTC) - timedelta(seconds=1)
        taken = Sync.objects.filter(status__in=WAITING).order_by("due_at").first()
        if taken is not None and claim(taken.pk):
            Sync.objects.filter(pk=taken.pk, status=SyncStatus.RUNNING).update(lease_until=past, due_at=past)
        event = StripeEvent.objects.filter(due_at__isnull=False).order_by("due_at").first()
        if event is not None:
            StripeEvent.objects.filter(pk=event.pk).update(
                lease_until=past, attempt_count=event.attempt_count + 1
            )

    def replay(self) -> None:
        dead = Sync.objects.filter(status=SyncStatus.DEAD_LETTER)
        deadletters.replay(dead, by=self.staff, reason="asked")
        events = StripeEvent.objects.filter(status__in=("dead_letter", "unmatched", "processed"))
        deadletters.replay_events(events, by=self.staff, reason="asked")

    def gives(self, person: int, plan: str) -> None:
        """Staff give somebody whom we know a plan for a month."""
        email = f"chaos{person}@example.com"
        customer = Customer.objects.filter(email=email).first()
        if customer is None or email in self.given:
            return
        now = datetime.now(UTC)
        row = Override(
            customer=customer, plan=Plan.objects.get(slug=plan), until=now + MONTH,
            reason="a gift", granted_by=self.staff,
        )  # fmt: skip
        self.given[email] = overrides.grant(row, now=now)

    def takes_back(self) -> None:
        if self.given:
            _, row = self.given.popitem()
            overrides.end(row, by=self.staff, now=datetime.now(UTC))

    @property
    def quiet(self) -> bool:
        """Everything was delivered and done, and nothing was given up."""
        undone = Q(due_at__isnull=False) | Q(status__in=("dead_letter", "unmatched"))
        return not (
            self.collect()
            or StripeEvent.objects.filter(undone).exists()
            or Sync.objects.exclude(status=SyncStatus.IN_SYNC).exists()
        )

    def settles(self) -> None:
        """Heal everything, deliver the rest, and give it time."""
        self.sandbox.faults.clear()
        self.deliver(list(self.collect()))
        for _ in range(ROUNDS):
            drain()
            if self.quiet:
                return
            self.passes(1_000)
            self.replay()
        raise AssertionError(f"still not quiet: {list(Sync.objects.values('status', 'reason'))}")

    def differences(self) -> list[str]:
        return checker.differences(self.sandbox, {email: row.plan.slug for email, row in self.given.items()})
