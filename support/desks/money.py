"""The money of people who wait: per month where it recurs, once where it does not, by currency."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from billing.models import Payment, Subscription
from billing.models.payment import PaymentStatus
from customers.models import Entitlement
from customers.vocabulary import LIVING, Source

MONTHS = {"monthly": 1, "quarterly": 3, "semiannual": 6, "yearly": 12}
DAYS = {"daily": 1, "weekly": 7}
DAYS_OF_A_MONTH = Decimal(365) / 12
# https://docs.stripe.com/currencies#zero-decimal and #three-decimal
WHOLE = (
    "bif",
    "clp",
    "djf",
    "gnf",
    "jpy",
    "kmf",
    "krw",
    "mga",
    "pyg",
    "rwf",
    "ugx",
    "vnd",
    "vuv",
    "xaf",
    "xof",
    "xpf",
)
THOUSANDTHS = ("bhd", "jod", "kwd", "omr", "tnd")
_EVERY = re.compile(r"every (\d+) (day|week|month|year)s")


@dataclass(frozen=True)
class Money:
    """Minor units by currency, e.g. {"usd": 4900}: what recurs, per month, and what was paid once."""

    monthly: Counter[str] = field(default_factory=Counter)
    once: Counter[str] = field(default_factory=Counter)

    def __bool__(self) -> bool:
        return bool(self.monthly or self.once)

    def words(self) -> str:
        """E.g. "49.00 USD a month, 499.00 USD once"; empty when nothing is known."""
        return ", ".join(
            [f"{in_units(amount, currency)} a month" for currency, amount in sorted(self.monthly.items())]
            + [f"{in_units(amount, currency)} once" for currency, amount in sorted(self.once.items())]
        )


def at_stake(customer_ids: Iterable[int]) -> dict[int, Money]:
    """What each of these people pays us for what they hold now: three queries."""
    held = Entitlement.objects.filter(customer__in=list(customer_ids), state__in=LIVING)
    rows = held.exclude(source=Source.OVERRIDE).values_list("subject", "customer_id", "interval")
    by_subject = {subject: (customer_id, interval) for subject, customer_id, interval in rows}
    found: dict[int, Money] = defaultdict(Money)
    subscribed = Subscription.objects.filter(stripe_id__in=by_subject, amount__gt=0).exclude(currency="")
    for subject, amount, currency in subscribed.values_list("stripe_id", "amount", "currency"):
        customer_id, interval = by_subject[subject]
        monthly = a_month(amount, interval)
        if monthly is not None:
            found[customer_id].monthly[currency] += monthly
    paid = Payment.objects.filter(stripe_id__in=by_subject, status=PaymentStatus.SUCCEEDED)
    for subject, received, refunded, currency in paid.values_list(
        "stripe_id", "amount_received", "amount_refunded", "currency"
    ):
        if received > refunded and currency:
            found[by_subject[subject][0]].once[currency] += received - refunded
    return dict(found)


def total(each: Mapping[int, Money]) -> Money:
    """All of it together, by currency: nothing is converted."""
    found = Money()
    for money in each.values():
        found.monthly.update(money.monthly)
        found.once.update(money.once)
    return found


def a_month(amount: int, interval: str) -> int | None:
    """An amount per billing interval as one per month; None for an interval we do not know."""
    if interval in MONTHS:
        return round(Decimal(amount) / MONTHS[interval])
    every = _EVERY.fullmatch(interval)
    if every and every[2] in ("month", "year"):
        return round(Decimal(amount) / (int(every[1]) * (12 if every[2] == "year" else 1)))
    days = int(every[1]) * (7 if every[2] == "week" else 1) if every else DAYS.get(interval)
    return round(amount * DAYS_OF_A_MONTH / days) if days else None


def in_units(amount: int, currency: str) -> str:
    """E.g. "49.00 USD", "4,900 JPY"."""
    places = 0 if currency in WHOLE else 3 if currency in THOUSANDTHS else 2
    return f"{Decimal(amount) / 10**places:,.{places}f} {currency.upper()}"
