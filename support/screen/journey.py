"""The post-purchase line: payment confirmed, access granted, onboarding begun, and what came since."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from billing.models import Payment
from customers.models import Entitlement
from customers.state import leading
from customers.vocabulary import Status
from integrations.models import ConnectionKind, OneTimeEffect, Outcome, Sync, SyncAttempt, SyncStatus
from integrations.person import WELCOME
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


@dataclass(frozen=True)
class Facts:
    """What was paid, and what was sent once only."""

    payments: Sequence[Payment]
    effects: Sequence[OneTimeEffect]


def journey(entitlements: Sequence[Entitlement], syncs: Sequence[Sync], facts: Facts) -> list[Milestone]:
    """The line of the leading entitlement; empty for somebody who never held anything. At most 1 query."""
    lead = leading(entitlements)
    if lead is None:
        return []
    start = _start(lead, facts.payments)
    steps = [start]
    circle, kit = (
        [sync for sync in syncs if sync.connection.kind == kind]
        for kind in (ConnectionKind.CIRCLE, ConnectionKind.KIT)
    )
    since = start.at or lead.starts_at
    if circle:
        steps.append(_access(lead, circle, since=since))
    if kit:
        steps.append(_welcome(lead, facts.effects, kit, since=since))
    return [*steps, *_since(lead)]


def _holds(sync: Sync) -> bool:
    """In sync, and something to be in: they were let in before this purchase."""
    wanted = sync.desired.get("groups") or sync.desired.get("spaces")
    return sync.status == SyncStatus.IN_SYNC and bool(wanted) and sync.applied_at is not None


def _start(lead: Entitlement, payments: Sequence[Payment]) -> Milestone:
    of_lead = (each for each in payments if lead.subject in (each.subscription, each.stripe_id, each.invoice))
    paid_at = min((each.paid_at for each in of_lead if each.paid_at), default=None)
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


def _welcome(
    lead: Entitlement, effects: Sequence[OneTimeEffect], kit: Sequence[Sync], *, since: datetime
) -> Milestone:
    sent = [each for each in effects if each.kind == WELCOME and each.subject == lead.subject]
    done = min((each.done_at for each in sent if each.done_at), default=None)
    if done:
        return Milestone("Onboarding e-mail sent", Tone.GOOD, done, _later(done, since))
    if sent:
        return Milestone("Onboarding e-mail", Tone.BUSY, sent[0].reserved_at, "not confirmed yet")
    unwanted = ": Kit does not write to them" if all(each.gets_no_mail for each in kit) else ""
    return Milestone("Onboarding e-mail", Tone.QUIET, note=f"not sent{unwanted}")


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
