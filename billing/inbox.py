"""The inbox: take the waiting events of one root, read it once, write facts, mark them all."""

import json
import random
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import Error, connection
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Now

from billing import claiming, ends, facts, reading
from billing.facts import Told
from billing.models import EventPriority, EventStatus, StripeEvent
from billing.models.stripe_event import REVIVABLE, WAITING
from billing.shapes import UnknownShape
from billing.stripe_api import NotThere, StripeApi
from customers import review
from customers.lifecycle import Cause
from customers.vocabulary import CauseKind, ReviewKind
from integrations.database_trouble import NAMES, database_trouble
from integrations.errors import ProviderError
from integrations.failpoints import reach
from integrations.models import SyncStatus
from integrations.retry import MOST_AGE, MOST_TRIES, Decision, Tries, decide
from integrations.untold import untold

LOOK_AGAIN = timedelta(seconds=60)  # Stripe may not show an object that it made seconds ago
OUR_FAULT, LONGEST = timedelta(seconds=30), timedelta(minutes=5)
AT_LEAST = timedelta(seconds=1)
MOST_CLAIMS = 8
_TROUBLE = {f"error:{each}" for each in NAMES}


@dataclass
class Revived:
    """What a replay put back in line, and what it left alone and why."""

    queued: list[int] = field(default_factory=list)
    left: dict[int, str] = field(default_factory=dict)


def run(event_id: int) -> None:
    """Process one due event with all that wait for the same root; safe to call twice, late or at once."""
    events = claiming.claim(event_id)
    if not events:
        return
    if events[0].crash_count >= claiming.MOST_CRASHES:
        _finish([events[0].pk], EventStatus.DEAD_LETTER, reason=claiming.KILLED)
        return
    cause, api = (
        Cause(CauseKind.EVENT, events[0].event_id),
        StripeApi(before_call=partial(claiming.renew, events)),
    )
    try:
        events = _apply_ends(events, cause)
        if not events:
            return
        found = reading.read(events[0].root, api)
        reach("after_read_before_write")
        answered = [*events, *_answered(found, beside=events)]
        person_of = facts.apply(found, cause=cause, told=_told(answered))
        reach("after_write_before_mark")
    except NotThere:
        _not_there(events)
    except ProviderError as error:
        _failed(events, error, free=api.probing)
    except UnknownShape as error:
        _unsupported(events, error)
    except Exception as error:  # noqa: BLE001 - it flies on, without its words
        with suppress(Error):  # else its lease runs out, and it is due again
            _our_fault(events, error)
        raise untold(error) from None
    else:
        _mark(answered, person_of, own={each.pk for each in events})


def revive(events: Iterable[StripeEvent]) -> Revived:
    """Put events that we gave up on back in line; processed ones are left alone, so nothing happens twice."""
    outcome = Revived()
    for event in events:
        again = StripeEvent.objects.filter(pk=event.pk, status__in=REVIVABLE).update(
            status=EventStatus.RECEIVED,
            reason="",
            due_at=Now(),
            attempt_count=0,
            crash_count=0,
            lease_until=None,
        )
        if again:
            outcome.queued.append(event.pk)
        else:
            status = StripeEvent.objects.values_list("status", flat=True).get(pk=event.pk)
            outcome.left[event.pk] = f"already {EventStatus(status).label.lower()}"
    return outcome


def _apply_ends(events: list[StripeEvent], cause: Cause) -> list[StripeEvent]:
    """Terminal bodies first, without a read; returns what still needs one."""
    left = []
    for event in events:
        person = None
        if event.priority == EventPriority.END and event.body:
            person = ends.apply(event.type, _object(event), at=reading.database_now(), cause=cause)
        if person is None:
            left.append(event)
        else:
            _finish([event.pk], EventStatus.PROCESSED, customer_id=person)
    return left


def _told(events: Sequence[StripeEvent]) -> list[Told]:
    """The bodies of all events that one reading answers: they tell the history in between."""
    return [
        Told(each.type, _object(each), each.created, _data(each, "previous_attributes"))
        for each in events
        if each.body
    ]


def _answered(found: reading.Reading, *, beside: Sequence[StripeEvent]) -> QuerySet[StripeEvent]:
    """An event needs no read when a read of its root started after it was received."""
    return StripeEvent.objects.filter(
        root__in=found.roots(),
        status__in=(*WAITING, EventStatus.UNMATCHED),
        received_at__lt=found.started_at,
        crash_count=0,
    ).exclude(pk__in=[each.pk for each in beside])


def _mark(events: Sequence[StripeEvent], person_of: dict[str, int], *, own: set[int]) -> None:
    for event in events:
        person = person_of.get(event.root)
        if person is not None:
            _finish([event.pk], EventStatus.PROCESSED, customer_id=person)
        elif event.pk in own:
            _finish([event.pk], EventStatus.UNMATCHED, reason="no_person")


def _finish(ids: list[int], status: EventStatus, *, reason: str = "", customer_id: int | None = None) -> None:
    """Take events out of line: nobody has to look at them again."""
    waiting = StripeEvent.objects.filter(pk__in=ids, status__in=(*WAITING, EventStatus.UNMATCHED))
    waiting.update(
        status=status,
        reason=reason,
        due_at=None,
        lease_until=None,
        crash_count=0 if reason != claiming.KILLED else F("crash_count"),
        processed_at=Now() if status == EventStatus.PROCESSED else None,
        customer_id=customer_id if customer_id is not None else F("customer_id"),
    )


def _not_there(events: Sequence[StripeEvent]) -> None:
    """Stripe does not know the root: look once more in a minute, then park."""
    for event in events:
        if event.reason != "not_found":
            _again(event, reason="not_found", due_in=LOOK_AGAIN)
        else:
            _finish([event.pk], EventStatus.UNMATCHED, reason="not_found")


def _failed(events: Sequence[StripeEvent], error: ProviderError, *, free: bool) -> None:
    """`free`: it was the probe of a connection that is down, so it is not counted."""
    now = reading.database_now()
    for event in events:
        decision = decide(error, _tries(event), now=now, jitter=random.random(), free=free)  # noqa: S311
        _decided(event, decision)


def _tries(event: StripeEvent) -> Tries:
    """Stripe's own trouble is no fault of the event: it is given up only after 8 tries and a day."""
    before = event.attempt_count - 1
    spent = before >= MOST_TRIES - 1
    return Tries(min(before, MOST_TRIES - 2), event.received_at if spent else None, blameless=True)


def _decided(event: StripeEvent, decision: Decision) -> None:
    if decision.status == SyncStatus.DEAD_LETTER:
        _finish([event.pk], EventStatus.DEAD_LETTER, reason=decision.code)
        return
    if not decision.spend:
        StripeEvent.objects.filter(pk=event.pk).update(attempt_count=event.attempt_count - 1)
    _again(event, reason=decision.code, due_in=max(AT_LEAST, timedelta(seconds=decision.due_in or 0)))


def _unsupported(events: Sequence[StripeEvent], error: UnknownShape) -> None:
    for event in events:
        _finish([event.pk], EventStatus.DEAD_LETTER, reason="unsupported_shape")
        review.ask(ReviewKind.UNKNOWN_SHAPE, event.root, evidence={"missing": error.args[0]})


def _our_fault(events: Sequence[StripeEvent], error: Exception) -> None:
    """A bug of ours, or the database: nothing is lost, and the error flies on to Sentry.

    The database's trouble is no fault of the event: it is given up only after 8 tries and a day.
    """
    trouble = database_trouble(error)
    reason = f"error:{trouble or type(error).__name__}"[:120]
    if trouble:
        connection.close_if_unusable_or_obsolete()
    now = reading.database_now()
    for event in events:
        # What went wrong before for another reason does not count against it.
        alike = event.reason.startswith("error:") and (event.reason in _TROUBLE) == bool(trouble)
        spent = alike and event.attempt_count >= MOST_CLAIMS
        if spent and (not trouble or now - event.received_at >= MOST_AGE):
            _finish([event.pk], EventStatus.DEAD_LETTER, reason=reason)
        else:
            wait = min(OUR_FAULT * max(1, event.attempt_count), LONGEST)
            _again(event, reason=reason, due_in=wait)


def _again(event: StripeEvent, *, reason: str, due_in: timedelta) -> None:
    StripeEvent.objects.filter(pk=event.pk, status__in=WAITING).update(
        status=EventStatus.FAILED,
        reason=reason,
        due_at=Now() + Value(due_in),
        lease_until=None,
        crash_count=0,
    )


def _object(event: StripeEvent) -> dict[str, Any]:
    return _data(event, "object")


def _data(event: StripeEvent, part: str) -> dict[str, Any]:
    data = json.loads(event.body).get("data")
    found = data.get(part) if isinstance(data, dict) else None
    return found if isinstance(found, dict) else {}
