"""One customer end to end, as data: the command and the admin's "copy trace" share it."""

from datetime import UTC, datetime
from typing import Any

from django.db.models import Prefetch

from billing.models import StripeEvent
from customers.lifecycle import explain
from customers.models import Customer, LifecycleEvent
from integrations.models import Sync, SyncAttempt
from support.models import Ticket

Json = dict[str, Any]


def trace(customer: Customer, now: datetime) -> Json:
    """The customer, their Stripe events, lifecycle and syncs, oldest first; times are ISO 8601 UTC."""
    return {
        "customer": _customer(customer, now),
        "stripe_events": [_event(each) for each in _events(customer)],
        "lifecycle": [_lifecycle(each) for each in customer.lifecycle_events.order_by("happened_at", "pk")],
        "syncs": [_sync(each) for each in _syncs(customer)],
        "tickets": [_ticket(each) for each in customer.tickets.order_by("opened_at", "pk")],
    }


def _events(customer: Customer) -> list[StripeEvent]:
    return list(customer.stripe_events.defer("body").order_by("received_at", "pk"))


def _syncs(customer: Customer) -> list[Sync]:
    attempts = Prefetch("attempts", SyncAttempt.objects.order_by("pk"))
    return list(
        customer.syncs.select_related("connection").prefetch_related(attempts).order_by("connection__slug")
    )


def _customer(customer: Customer, now: datetime) -> Json:
    return {
        "id": customer.pk,
        "email": customer.email,
        "name": customer.name,
        "country": customer.country,
        "status": customer.status,
        "has_access": customer.has_access,
        "access_until": _iso(customer.access_until),
        "why": explain(customer, now=now),
        "plans": list(customer.grants),
        "version": customer.version,
        "flags": list(customer.flags),
    }


def _event(event: StripeEvent) -> Json:
    return {
        "id": event.event_id,
        "type": event.type,
        "status": event.status,
        "received_at": _iso(event.received_at),
        "processed_at": _iso(event.processed_at),
    }


def _lifecycle(event: LifecycleEvent) -> Json:
    return {
        "type": event.type,
        "from": event.from_status,
        "to": event.to_status,
        "at": _iso(event.happened_at),
        "cause": f"{event.cause}:{event.cause_ref}" if event.cause_ref else event.cause,
    }


def _sync(sync: Sync) -> Json:
    return {
        "connection": sync.connection.slug,
        "kind": sync.connection.kind,
        "status": sync.status,
        "reason": sync.reason,
        "desired_version": sync.desired_version,
        "applied_version": sync.applied_version,
        "attempts": [_attempt(each) for each in sync.attempts.all()],
    }


def _attempt(attempt: SyncAttempt) -> Json:
    return {
        "at": _iso(attempt.started_at),
        "outcome": attempt.outcome,
        "steps": [_step(each) for each in attempt.steps],
        "error": attempt.error,
        "duration_ms": attempt.duration_ms,
    }


def _step(step: Any) -> str:
    """`{"do": "add_group", "ref": 101, "outcome": "done"}` as "add_group 101: done"."""
    if not isinstance(step, dict):
        return str(step)
    words = " ".join(str(step[key]) for key in ("do", "ref") if step.get(key) not in (None, ""))
    return f"{words}: {step['outcome']}" if step.get("outcome") else words


def _ticket(ticket: Ticket) -> Json:
    """Never what was written in it."""
    return {
        "id": ticket.pk,
        "status": ticket.status,
        "match": ticket.match,
        "opened_at": _iso(ticket.opened_at),
        "closed_at": _iso(ticket.closed_at),
        "opened_as": {
            "status": ticket.opened_status,
            "has_access": ticket.opened_access,
            "plan": ticket.opened_plan,
            "version": ticket.opened_version,
        },
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None
