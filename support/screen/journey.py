"""The post-purchase line: payment confirmed, access granted, welcome sent, and what went wrong since."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q

from billing.models import Payment
from customers.models import Entitlement
from customers.state import leading
from customers.vocabulary import Status
from integrations.models import ConnectionKind, OneTimeEffect, Outcome, Sync, SyncAttempt, SyncStatus
from support.screen.moments import lasting
from support.screen.pills import Tone

LET_IN = Q(steps__contains=[{"do": "add_groups"}]) | Q(steps__contains=[{"do": "add_spaces"}])


@dataclass(frozen=True)
class Milestone:
    """One step, reached or waited for."""

    label: str
    tone: Tone
    at: datetime | None = None
    note: str = ""


def journey(entitlements: Sequence[Entitlement], syncs: Sequence[Sync]) -> list[Milestone]:
    """The line of the leading entitlement; empty for somebody who never held anything. At most 3 queries."""
    lead = leading(entitlements)
    if lead is None:
        return []
    start = _start(lead)
    steps = [start]
    kinds = {sync.connection.kind for sync in syncs}
    if ConnectionKind.CIRCLE in kinds:
        circle = [sync for sync in syncs if sync.connection.kind == ConnectionKind.CIRCLE]
        steps.append(_access(lead, circle, since=start.at or lead.starts_at))
    if ConnectionKind.KIT in kinds:
        steps.append(_welcome(lead, start.at or lead.starts_at))
    return [*steps, *_since(lead)]


def _holds(sync: Sync) -> bool:
    """In sync, and something to be in: they were let in before this purchase."""
    wanted = sync.desired.get("groups") or sync.desired.get("spaces")
    return sync.status == SyncStatus.IN_SYNC and bool(wanted) and sync.applied_at is not None


def _start(lead: Entitlement) -> Milestone:
    paid = Payment.objects.filter(customer_id=lead.customer_id, paid_at__isnull=False)
    of_lead = paid.filter(Q(subscription=lead.subject) | Q(stripe_id=lead.subject) | Q(invoice=lead.subject))
    paid_at = of_lead.order_by("paid_at").values_list("paid_at", flat=True).first()
    if paid_at:
        return Milestone("Payment confirmed", Tone.GOOD, paid_at)
    if lead.state == Status.TRIALING:
        return Milestone("Trial started", Tone.GOOD, lead.starts_at)
    return Milestone("Started", Tone.GOOD, lead.starts_at)


def _access(lead: Entitlement, circle: Sequence[Sync], *, since: datetime) -> Milestone:
    """When Circle first confirmed, after the payment, that the person was let in.

    A run that had nothing to add confirms no access: it may have come before the plan was known.
    """
    confirmed = SyncAttempt.objects.filter(
        LET_IN,
        customer_id=lead.customer_id,
        outcome=Outcome.APPLIED,
        finished_at__gte=since,
        sync__connection__kind=ConnectionKind.CIRCLE,
    )
    at = confirmed.order_by("finished_at").values_list("finished_at", flat=True).first()
    if at is None and lead.lives and circle and all(_holds(sync) for sync in circle):
        at = min(sync.applied_at for sync in circle if sync.applied_at)
    if at:
        return Milestone("Access granted", Tone.GOOD, at, _later(at, since))
    if not lead.lives:
        return Milestone("Access never confirmed", Tone.QUIET)
    return Milestone("Access granted", Tone.BUSY, note="not confirmed yet")


def _welcome(lead: Entitlement, since: datetime) -> Milestone:
    sent = OneTimeEffect.objects.filter(customer_id=lead.customer_id, kind="welcome", subject=lead.subject)
    effect = sent.order_by(F("done_at").asc(nulls_last=True)).first()
    if effect is None:
        return Milestone("Welcome", Tone.QUIET, note="not sent")
    if effect.done_at is None:
        return Milestone("Welcome", Tone.BUSY, effect.reserved_at, "not confirmed yet")
    return Milestone("Welcome sent", Tone.GOOD, effect.done_at, _later(effect.done_at, since))


def _since(lead: Entitlement) -> list[Milestone]:
    if lead.ended_at:
        return [Milestone(Status(lead.state).label, Tone.QUIET, lead.ended_at)]
    if lead.state == Status.PAST_DUE:
        return [Milestone("Renewal failed", Tone.WARN, lead.past_due_since)]
    if lead.ends_at:
        return [Milestone("Ends", Tone.WARN, lead.ends_at)]
    return []


def _later(at: datetime, since: datetime) -> str:
    return f"{lasting((at - since).total_seconds())} later"
