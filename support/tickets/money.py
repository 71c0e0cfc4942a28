"""What somebody pays for their leading plan: the order of the queue, and the words for it."""

from collections import Counter
from typing import Any

from django.db.models import BigIntegerField, Case, F, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce

from billing.models import Payment, Subscription
from customers.models import Entitlement
from customers.vocabulary import LIVING, Source
from support.money import Money, per_month

LIFETIME_MONTHS = 12  # in the order a one-time payment counts as a year of its amount


def of_ticket() -> dict[str, Subquery]:
    """Annotations: `monthly` for the order (NULL when nothing is paid), `once`, `currency`."""
    return {
        "monthly": Subquery(_leading().values("monthly")[:1], output_field=BigIntegerField()),
        "once": Subquery(_leading().values("once")[:1], output_field=BigIntegerField()),
        "currency": Subquery(_leading().values("currency")[:1]),
    }


def in_words(ticket: Any) -> str:
    """E.g. "49.00 USD a month", "480.00 USD once"; "" when nothing is paid. Of an annotated ticket."""
    if not ticket.currency or not ticket.monthly:
        return ""
    if ticket.once:
        return Money(once=Counter({ticket.currency: ticket.once})).words()
    return Money(monthly=Counter({ticket.currency: ticket.monthly})).words()


def _leading() -> QuerySet[Any]:
    """What gives them their leading plan now, the dearest first. Currencies are not converted."""
    held = Entitlement.objects.filter(
        customer=OuterRef("customer_id"), plan=OuterRef("customer__plan_id"), state__in=LIVING
    )
    subscribed = Subscription.objects.filter(stripe_id=OuterRef("subject"))
    # A purchase is known by its payment, or by the one-off invoice that one or several payments paid.
    own = Q(stripe_id=OuterRef("subject")) | Q(invoice=OuterRef("subject"), subscription="")
    paid = Payment.objects.filter(own).order_by().values("currency")
    kept = paid.annotate(kept=Sum(F("amount_received") - F("amount_refunded"))).values("kept")
    amounts = held.annotate(
        amount=Coalesce(
            Subquery(subscribed.values("amount")[:1]), Subquery(kept[:1]), output_field=BigIntegerField()
        ),
        currency=Coalesce(Subquery(subscribed.values("currency")[:1]), Subquery(paid[:1])),
    ).annotate(once=Case(When(source=Source.PURCHASE, then=F("amount")), output_field=BigIntegerField()))
    monthly = Coalesce(
        F("once") / LIFETIME_MONTHS, per_month("amount", "interval"), output_field=BigIntegerField()
    )
    return amounts.annotate(monthly=monthly).order_by(F("monthly").desc(nulls_last=True))
