"""Dates that Stripe owns: when one passes, the subscription is read again, never guessed."""

import random
from contextlib import suppress
from datetime import timedelta

import structlog
from django.db import Error
from django.db.models import Value
from django.db.models.functions import Now

from billing import facts, reading
from billing.models import Subscription
from billing.shapes import UnknownShape
from billing.stripe_api import NotThere
from customers import review
from customers.lifecycle import Cause
from customers.vocabulary import CauseKind, ReviewKind
from integrations.errors import ProviderError
from integrations.untold import untold

log = structlog.get_logger(__name__)

TRY_AGAIN = timedelta(seconds=60)
GIVE_UP_FOR = timedelta(days=1)


def run(subscription_id: int) -> None:
    """Read one subscription that was handed out because its date has passed; reading it twice is harmless.

    A failed read is tried again in about a minute: handing it out has already moved its date.
    """
    row = Subscription.objects.filter(pk=subscription_id, reread_at__isnull=False).first()
    if row is None:
        return
    try:
        found = reading.read(f"subscription:{row.stripe_id}")
    except NotThere:
        _later(row, GIVE_UP_FOR, "not_found")
    except ProviderError as error:
        _later(row, TRY_AGAIN * (1 + random.random()), error.code)  # noqa: S311
    else:
        _apply(found, row)


def _apply(found: reading.Reading, row: Subscription) -> None:
    try:
        facts.apply(found, cause=Cause(CauseKind.CLOCK))
    except UnknownShape as error:
        review.ask(
            ReviewKind.UNKNOWN_SHAPE, f"subscription:{row.stripe_id}", evidence={"missing": error.args[0]}
        )
        _later(row, GIVE_UP_FOR, "unsupported_shape")
    except Exception as error:  # noqa: BLE001 - it flies on, without its words
        with suppress(Error):  # handing it out has already moved its date
            _later(row, TRY_AGAIN, f"error:{type(error).__name__}")
        raise untold(error) from None


def _later(row: Subscription, wait: timedelta, code: str) -> None:
    Subscription.objects.filter(pk=row.pk, reread_at__isnull=False).update(reread_at=Now() + Value(wait))
    log.warning("reread.postponed", subscription=row.stripe_id, code=code, seconds=int(wait.total_seconds()))
