"""What somebody pays a month for their leading plan, in the minor units of their currency."""

from typing import Any

from django.db.models import BigIntegerField, Case, F, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from billing.models import Payment, Subscription
from customers.models import Entitlement
from customers.vocabulary import LIVING

MONTHS = {"yearly": 12, "semiannual": 6, "quarterly": 3}
PER_MONTH = {"weekly": 4, "daily": 30}
LIFETIME_MONTHS = 12  # a one-time payment counts as a year of its amount
# https://docs.stripe.com/currencies#zero-decimal
NO_CENTS = frozenset(
    [
        *("bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga"),
        *("pyg", "rwf", "ugx", "vnd", "vuv", "xaf", "xof", "xpf"),
    ]
)


def monthly_of_ticket() -> Subquery:
    """The monthly amount of a ticket's person; NULL when they pay nothing. Currencies are not converted."""
    return Subquery(_leading().values("monthly")[:1], output_field=BigIntegerField())


def currency_of_ticket() -> Subquery:
    return Subquery(_leading().values("currency")[:1])


def in_words(amount: int | None, currency: str | None) -> str:
    """E.g. "49.00 USD a month"; "" when nothing is paid."""
    if not amount or not currency:
        return ""
    spoken = f"{amount:,}" if currency in NO_CENTS else f"{amount / 100:,.2f}"
    return f"{spoken} {currency.upper()} a month"


def _leading() -> QuerySet[Any]:
    """What gives them their leading plan now, the dearest first."""
    held = Entitlement.objects.filter(
        customer=OuterRef("customer_id"), plan=OuterRef("customer__plan_id"), state__in=LIVING
    )
    subscribed = Subscription.objects.filter(stripe_id=OuterRef("subject"))
    paid = Payment.objects.filter(stripe_id=OuterRef("subject"))
    amounts = held.annotate(
        amount=Coalesce(
            Subquery(subscribed.values("amount")[:1]), Subquery(paid.values("amount_received")[:1])
        ),
        currency=Coalesce(Subquery(subscribed.values("currency")[:1]), Subquery(paid.values("currency")[:1])),
    )
    return amounts.annotate(monthly=_monthly()).order_by(F("monthly").desc(nulls_last=True))


def _monthly() -> Case:
    cases = [When(interval=each, then=F("amount") / Value(months)) for each, months in MONTHS.items()]
    cases += [When(interval=each, then=F("amount") * Value(times)) for each, times in PER_MONTH.items()]
    cases += [When(source="purchase", then=F("amount") / Value(LIFETIME_MONTHS))]
    return Case(*cases, default=F("amount"), output_field=BigIntegerField())
