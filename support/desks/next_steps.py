"""Why somebody is outside, in plain words, and the one next step."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import NoReverseMatch, reverse

from customers.models import Entitlement
from customers.vocabulary import LIVING
from integrations.breaker import STRAIGHT_FAILURES
from integrations.models import Connection, HoldReason, Sync, SyncStatus
from support.desks import causes, outside
from support.desks.money import Money, at_stake
from support.desks.outside import Step
from support.screen.destinations import reason_in_words

SOON = timedelta(minutes=2)


@dataclass(frozen=True)
class Line:
    """One person outside."""

    sync: Sync
    money: Money
    since: datetime | None
    cause: str
    hint: str
    step: Step


def lines(number: int, *, now: datetime) -> list[Line]:
    """One page, the longest waiting first: six queries whatever its length."""
    syncs = outside.page(number)
    people = [each.customer_id for each in syncs]
    money = at_stake(people)
    since = _entitled_since(people)
    return [
        Line(
            sync=each,
            money=money.get(each.customer_id, Money()),
            since=each.due_since or since.get(each.customer_id),
            cause=_cause(each, now=now),
            hint=_hint(each),
            step=_step(each, now=now),
        )
        for each in syncs
    ]


def _cause(sync: Sync, *, now: datetime) -> str:
    stopped = _stopped(sync.connection, now=now)
    if sync.status in (SyncStatus.DEAD_LETTER, SyncStatus.ON_HOLD):
        return causes.title(sync.reason, reason_in_words(sync))
    if stopped:
        return stopped
    if sync.status == SyncStatus.RETRYING:
        return causes.title(sync.reason, reason_in_words(sync))
    return "Being let in right now." if sync.status == SyncStatus.RUNNING else "Waits for its turn."


def _hint(sync: Sync) -> str:
    return causes.next_step(sync.reason) if sync.status == SyncStatus.DEAD_LETTER else ""


def _stopped(connection: Connection, *, now: datetime) -> str:
    if connection.paused_at:
        return f"{connection.slug} is paused: {connection.pause_reason.replace('_', ' ')}."
    if connection.failures_in_row >= STRAIGHT_FAILURES:
        return f"{connection.get_kind_display()} does not answer; it is tried again by itself."
    if connection.wait_until and connection.wait_until > now:
        return f"{connection.get_kind_display()} asked us to wait."
    return ""


def _step(sync: Sync, *, now: datetime) -> Step:
    connection = sync.connection
    if sync.status == SyncStatus.ON_HOLD:
        return _step_on_hold(sync)
    if connection.paused_at:
        return Step(
            "Open the connection", reverse("admin:integrations_connection_change", args=[connection.pk])
        )
    if sync.status == SyncStatus.DEAD_LETTER:
        return Step("Replay", reverse("desks:replay") + f"?sync={sync.pk}", post=True)
    until = max(filter(None, (sync.due_at, connection.wait_until, connection.open_until)), default=None)
    if until and until > now:
        return Step("Wait: next try", until=until)
    if sync.status == SyncStatus.PENDING and sync.due_since and now - sync.due_since > SOON:
        return Step("Look why nothing runs", reverse("admin:support_alert_changelist"))
    return Step("Wait: it is next")


def _step_on_hold(sync: Sync) -> Step:
    if sync.reason == HoldReason.SNOOZED:
        if sync.held_until:
            return Step("Snoozed", reverse("desks:dead-letters"), until=sync.held_until)
        return Step("Take up again", reverse("desks:dead-letters"))
    if sync.reason == HoldReason.MASS_REMOVAL:
        return Step("Decide it", reverse("admin:customers_reviewitem_changelist"))
    return Step("Open the person", reverse("admin:customers_customer_change", args=[sync.customer_id]))


def reread_address(customer_id: int) -> str:
    """Where a person is read again from Stripe; empty while there is no such address."""
    try:
        return reverse("admin:customers_customer_reread", args=[customer_id])
    except NoReverseMatch:
        return ""


def _entitled_since(people: list[int]) -> dict[int, datetime]:
    rows = Entitlement.objects.filter(customer__in=people, state__in=LIVING).order_by("-starts_at")
    return dict(rows.values_list("customer_id", "starts_at"))
