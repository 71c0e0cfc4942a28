"""Reading a person again at Stripe because somebody asked: all that their Stripe customers hold there."""

import random
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from functools import partial

import structlog
from django.db import Error, connection
from django.db.models import QuerySet, Value
from django.db.models.functions import Now

from billing import facts, reading
from billing.models import Payment, StripeCustomer
from billing.shapes import UnknownShape, reference
from billing.stripe_api import NotThere, StripeApi
from customers import review
from customers.lifecycle import Cause
from customers.vocabulary import CauseKind, ReviewKind
from integrations.errors import ProviderError, Rejected
from integrations.lanes import nudge
from integrations.untold import untold

log = structlog.get_logger(__name__)

TRY_AGAIN = timedelta(seconds=60)
MOST_ROOTS = 100

# Handing one out moves its date by a minute, and so does each call, so that a worker that dies leaves it due.
_CLAIM = """
UPDATE billing_stripecustomer SET reread_at = clock_timestamp() + interval '60 seconds' WHERE id IN (
    SELECT id FROM billing_stripecustomer WHERE reread_at <= clock_timestamp()
     ORDER BY reread_at LIMIT %s FOR UPDATE SKIP LOCKED)
RETURNING id
"""
_HOLD = """
UPDATE billing_stripecustomer SET reread_at = clock_timestamp() + interval '60 seconds'
 WHERE id = %s AND reread_at = %s RETURNING reread_at
"""


def ask(customer_id: int) -> int:
    """Make the person's Stripe customers due; returns how many. Asking twice is one read.

    A purchase as a guest has no Stripe customer: it is read again by its own events only.
    """
    rows = StripeCustomer.objects.filter(customer_id=customer_id)
    asked = rows.update(reread_at=Now(), reread_problem="")
    nudge()
    return asked


def claim(most: int) -> list[int]:
    """Up to `most` Stripe customers that are due."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [most])
        return [row[0] for row in cursor.fetchall()]


def run(stripe_customer_id: int) -> None:
    """Read one that was handed out, root by root; reading it twice is harmless.

    A failed read is tried again in about a minute, from the start; what Stripe refuses is given up.
    """
    row = StripeCustomer.objects.filter(pk=stripe_customer_id, reread_at__isnull=False).first()
    if row is None:
        return
    try:
        api = StripeApi(before_call=partial(_hold, row))
        covered: set[str] = set()
        for root in _roots(row, api):
            if root not in covered:
                covered |= _read(root, api)
    except Rejected as error:
        _due(row).update(reread_at=None, reread_problem=error.code)
    except ProviderError as error:
        _later(row, error.code)
    except Exception as error:  # noqa: BLE001 - it flies on, without its words
        with suppress(Error):  # handing it out has already moved its date
            _later(row, f"error:{type(error).__name__}"[:64])
        raise untold(error) from None
    else:
        # Asked again meanwhile: that date is another one.
        _due(row).update(reread_at=None, reread_problem="")


def _hold(row: StripeCustomer) -> None:
    """Before each call: a long read is not handed out again, unless it is asked for again meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, [row.pk, row.reread_at])
        if found := cursor.fetchone():
            row.reread_at = found[0]


def _roots(row: StripeCustomer, api: StripeApi) -> Iterator[str]:
    """What Stripe lists of it, also what no event has told us of; then the purchases that we know."""
    yield f"customer:{row.stripe_id}"
    if row.deleted_at is not None:
        return
    for resource, kind, query in (
        ("subscriptions", "subscription", {"status": "all"}),
        ("checkout/sessions", "checkout_session", {}),
    ):
        for place, found in enumerate(api.each(resource, {"customer": row.stripe_id, **query})):
            if place == MOST_ROOTS:
                break
            yield f"{kind}:{reference(found)}"
    bought = Payment.objects.filter(stripe_customer=row, subscription="")
    for payment in bought.exclude(stripe_id__startswith="cs_").order_by("-pk")[:MOST_ROOTS]:
        if payment.stripe_id.startswith("pi_"):
            yield f"payment_intent:{payment.stripe_id}"
        else:
            yield f"invoice:{payment.invoice}" if payment.invoice else f"charge:{payment.stripe_id}"


def _read(root: str, api: StripeApi) -> set[str]:
    """Read and write one root; returns every root that this answered."""
    try:
        found = reading.read(root, api)
        facts.apply(found, cause=Cause(CauseKind.STAFF))
    except NotThere:
        return {root}
    except UnknownShape as error:
        review.ask(ReviewKind.UNKNOWN_SHAPE, root, evidence={"missing": error.args[0]})
        return {root}
    return found.roots() | {root}


def _due(row: StripeCustomer) -> QuerySet[StripeCustomer]:
    return StripeCustomer.objects.filter(pk=row.pk, reread_at=row.reread_at)


def _later(row: StripeCustomer, code: str) -> None:
    wait = TRY_AGAIN * (1 + random.random())  # noqa: S311
    _due(row).update(reread_at=Now() + Value(wait), reread_problem=code)
    log.warning("asked_read.postponed", code=code, seconds=int(wait.total_seconds()))
