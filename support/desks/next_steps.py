"""Why somebody is outside, in plain words, and the one next step."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse

from billing.models import StripeCustomer
from customers.models import Entitlement
from customers.vocabulary import LIVING
from integrations.breaker import STRAIGHT_FAILURES
from integrations.models import Connection, HoldReason, Sync, SyncStatus
from support.desks import causes, outside
from support.desks.outside import Step
from support.money import Money
from support.screen.destinations import goes_on, reason_in_words, stopped
from support.screen.naming import place_of

SOON = timedelta(minutes=2)
REPLAY, REREAD = "integrations.replay_sync", "customers.reread_customer"
RIGHTS = (REPLAY, REREAD)


@dataclass(frozen=True)
class Line:
    """One person outside."""

    sync: Sync
    money: Money
    since: datetime | None
    cause: str
    hint: str
    step: Step
    in_flight: bool


def lines(found: outside.Outside, *, money: Mapping[int, Money], number: int, now: datetime) -> list[Line]:
    """One page, the longest waiting first: three queries whatever its length; `money` of `at_stake`."""
    syncs = outside.page(found, number)
    people = [each.customer_id for each in syncs]
    since = _entitled_since(people)
    reading = _being_read(people)
    return [
        Line(
            sync=each,
            money=money.get(each.customer_id, Money()),
            since=each.due_since or since.get(each.customer_id),
            cause=_cause(each, now=now),
            hint=_hint(each),
            step=_step(each, reading.get(each.customer_id), now=now),
            in_flight=goes_on(each) or bool(reading.get(each.customer_id)),
        )
        for each in syncs
    ]


def _cause(sync: Sync, *, now: datetime) -> str:
    held_up = _held_up(sync.connection, now=now)
    if sync.status in (SyncStatus.DEAD_LETTER, SyncStatus.ON_HOLD):
        return causes.title(sync.reason, reason_in_words(sync))
    if held_up:
        return held_up
    if sync.status == SyncStatus.RETRYING:
        return causes.title(sync.reason, reason_in_words(sync))
    return "Being let in right now." if sync.status == SyncStatus.RUNNING else "Waits for its turn."


def _hint(sync: Sync) -> str:
    return causes.next_step(sync.reason) if sync.status == SyncStatus.DEAD_LETTER else ""


def _held_up(connection: Connection, *, now: datetime) -> str:
    if halted := stopped(connection):
        return f"{halted}."
    if connection.failures_in_row >= STRAIGHT_FAILURES:
        return f"{connection.get_kind_display()} does not answer; it is tried again by itself."
    if connection.wait_until and connection.wait_until > now:
        return f"{connection.get_kind_display()} asked us to wait."
    return ""


def _step(sync: Sync, reading: bool | None, *, now: datetime) -> Step:
    """`reading`: whether Stripe is being asked about them again; None where it has no customer of theirs."""
    connection = sync.connection
    if sync.status == SyncStatus.ON_HOLD:
        return step_on_hold(sync)
    if connection.paused_at:
        return Step(f"Waits for {place_of(connection)}")  # how to open it is said once, above all rows
    if sync.status == SyncStatus.DEAD_LETTER:
        return _step_when_given_up(sync, reading)
    until = max(filter(None, (sync.due_at, connection.wait_until, connection.open_until)), default=None)
    if until and until > now:
        return Step("Wait: next try", until=until)
    if sync.status == SyncStatus.PENDING and sync.due_since and now - sync.due_since > SOON:
        return Step("Look why nothing runs", reverse("admin:support_alert_changelist"))
    return Step("Wait: it is next")


def step_on_hold(sync: Sync) -> Step:
    """What ends the hold, and where; nothing for the reader to do is only words."""
    if sync.reason == HoldReason.SNOOZED:
        if sync.held_until:
            return Step("Snoozed", reverse("desks:dead-letters"), until=sync.held_until)
        return Step("Take up again", reverse("desks:dead-letters"))
    if sync.reason == HoldReason.MASS_REMOVAL:
        return Step("Decide it", reverse("admin:customers_reviewitem_changelist"))
    if sync.reason == HoldReason.HELD_BY_STAFF:
        return Step("Release them", reverse("admin:customers_customer_change", args=[sync.customer_id]))
    return Step("Open the person", reverse("admin:customers_customer_change", args=[sync.customer_id]))


def _step_when_given_up(sync: Sync, reading: bool | None) -> Step:
    if reading:
        return Step("Wait: they are being read again from Stripe")
    if sync.reason in causes.IN_STRIPE and reading is not None:
        address = reverse("admin:customers_customer_reread", args=[sync.customer_id])
        return Step("Read again from Stripe", address, right=REREAD)
    return Step("Replay", reverse("desks:replay") + f"?sync={sync.pk}", right=REPLAY)


def _entitled_since(people: list[int]) -> dict[int, datetime]:
    rows = Entitlement.objects.filter(customer__in=people, state__in=LIVING).order_by("-starts_at")
    return dict(rows.values_list("customer_id", "starts_at"))


def _being_read(people: list[int]) -> dict[int, bool]:
    """Whether they are being read again; people without a Stripe customer are left out."""
    found: dict[int, bool] = {}
    for customer_id, due_at in StripeCustomer.objects.filter(customer__in=people).values_list(
        "customer_id", "reread_at"
    ):
        found[customer_id] = found.get(customer_id, False) or due_at is not None
    return found
