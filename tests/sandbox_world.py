"""A fresh sandbox over HTTP and the sample catalogue, for the tests of all rooms."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection as database
from pytest_django import Settings

from customers import lifecycle
from customers.models import Customer, Entitlement, Plan
from customers.vocabulary import CauseKind, EndReason, Source, Status
from integrations.models import Connection, ConnectionKind, PlanMapping, Sync
from integrations.sandbox import Sandbox, SandboxServer
from integrations.sweeper import drain

# Large enough that a test of anything else never waits for the limiter.
UNLIMITED = {"calls_per_window": 1_000_000}
PLANS = (("starter", 10), ("pro", 20), ("lifetime", 30))
CIRCLE = {
    "pro": {"access_groups": [101], "member_tags": [11]},
    "starter": {"access_groups": [102], "member_tags": [12]},
    "lifetime": {"access_groups": [103], "member_tags": []},
}
KIT = {
    "pro": {
        "tags": ["plan: pro"],
        "status_tags": True,
        "welcome_sequence": 501,
        "cancellation_sequence": 502,
        "dunning_sequence": 503,
        "reactivation_sequence": 504,
    },
    "starter": {"tags": ["plan: starter"], "status_tags": True},
    "lifetime": {"tags": ["plan: lifetime"], "status_tags": True},
}
MOMENTS = {
    "integrations_sync": (
        "due_at", "due_since", "handed_until", "lease_until", "wanted_at", "first_failed_at",
        "bulk_removal_at",
    ),
    "integrations_connection": ("wait_until", "open_until", "tokens_at", "next_start_at"),
}  # fmt: skip


@dataclass(frozen=True)
class Catalog:
    """The connections of the sample catalogue."""

    stripe: Connection
    circle: Connection
    kit: Connection


class Buyer:
    """A person whose entitlements a test moves, as billing would."""

    def __init__(self, email: str, *, name: str = "Ada Example") -> None:
        self.email = email
        self.row = Customer.objects.create(email=email, name=name)

    def buys(self, plan: str, *, subject: str = "") -> None:
        now = datetime.now(UTC)
        Entitlement.objects.create(
            customer=self.row,
            source=Source.SUBSCRIPTION,
            subject=subject or f"sub_{plan}_{self.row.pk}",
            plan=Plan.objects.get(slug=plan),
            state=Status.ACTIVE,
            since=now,
            starts_at=now,
            interval="monthly",
        )
        self.recompute()

    def cancels(self, plan: str, *, cause: CauseKind = CauseKind.EVENT) -> None:
        now = datetime.now(UTC)
        Entitlement.objects.filter(customer=self.row, plan__slug=plan).update(
            state=Status.CANCELED, since=now, ended_at=now, end_reason=EndReason.USER_REQUESTED
        )
        self.recompute(cause)

    def renames(self, email: str) -> None:
        """Billing renames the person and makes their syncs due."""
        self.email = email
        Customer.objects.filter(pk=self.row.pk).update(email=email)
        self.touch()

    def touch(self) -> None:
        """Something that only the profile shows changed."""
        Entitlement.objects.filter(customer=self.row).update(interval="yearly")
        self.recompute()

    def recompute(self, cause: CauseKind = CauseKind.EVENT) -> None:
        lifecycle.recompute(self.row.pk, now=datetime.now(UTC), cause=lifecycle.Cause(cause, "evt_test"))

    def sync(self, kind: str) -> Sync:
        return Sync.objects.select_related("connection").get(customer=self.row, connection__kind=kind)


@pytest.fixture
def sandbox(settings: Settings) -> Iterator[Sandbox]:
    """Stripe, Circle and Kit over HTTP, with the sample groups, tags and sequences."""
    world = Sandbox.stocked()
    world.stripe.webhook_secret = settings.STRIPE_WEBHOOK_SECRETS[0]
    server = SandboxServer(world)
    url = server.start()
    settings.STRIPE_API_BASE = f"{url}/stripe"
    settings.CIRCLE_API_BASE = f"{url}/circle/api/admin/v2"
    settings.KIT_API_BASE = f"{url}/kit/v4"
    yield world
    server.stop()


@pytest.fixture
def catalog(db: None) -> Catalog:
    """Plans starter, pro and lifetime, and what each gives in Circle and Kit."""
    return stock_catalog()


def stock_catalog() -> Catalog:
    plans = {
        slug: Plan.objects.get_or_create(slug=slug, defaults={"name": slug.title(), "rank": rank})[0]
        for slug, rank in PLANS
    }
    made = Catalog(
        stripe=_connection(ConnectionKind.STRIPE, "STRIPE_API_KEY"),
        circle=_connection(ConnectionKind.CIRCLE, "CIRCLE_API_TOKEN"),
        kit=_connection(ConnectionKind.KIT, "KIT_API_KEY"),
    )
    for connection, mappings in ((made.circle, CIRCLE), (made.kit, KIT)):
        for slug, options in mappings.items():
            PlanMapping.objects.create(plan=plans[slug], connection=connection, options=options)
    return made


def _connection(kind: ConnectionKind, credential: str) -> Connection:
    row, _ = Connection.objects.update_or_create(
        slug=kind.value,
        defaults={"kind": kind, "credential": credential, "options": dict(UNLIMITED), "tokens": 1_000},
    )
    return row


def later(**time: float) -> int:
    """Let the database's clock seem to have moved on, then run what is due. Returns how many runs."""
    for table, columns in MOMENTS.items():
        moved = ", ".join(f"{each} = {each} - make_interval(secs => %(seconds)s)" for each in columns)
        with database.cursor() as cursor:
            cursor.execute(f"UPDATE {table} SET {moved}", {"seconds": timedelta(**time).total_seconds()})
    return drain()
