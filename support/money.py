"""Money in words, and what recurs as money per month: the same for one amount and in the database."""

import re
from collections import Counter
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import BigIntegerField, Case, DecimalField, F, Func, Value, When
from django.db.models.functions import Cast, Round

MONTHS = {"monthly": 1, "quarterly": 3, "semiannual": 6, "yearly": 12}
DAYS = {"daily": 1, "weekly": 7}
YEAR = 365  # days
# https://docs.stripe.com/currencies#zero-decimal and #three-decimal
WHOLE = frozenset(
    [
        *("bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga"),
        *("pyg", "rwf", "ugx", "vnd", "vuv", "xaf", "xof", "xpf"),
    ]
)
THOUSANDTHS = frozenset(["bhd", "jod", "kwd", "omr", "tnd"])
_EVERY = re.compile(r"every (\d+) (day|week|month|year)s")
NUMERIC = DecimalField(max_digits=40, decimal_places=20)


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


def in_units(amount: int, currency: str) -> str:
    """Minor units as staff read them, e.g. "49.00 USD", "4,900 JPY"."""
    places = 0 if currency in WHOLE else 3 if currency in THOUSANDTHS else 2
    return f"{Decimal(amount) / 10**places:,.{places}f} {currency.upper()}".strip()


def a_month(amount: int, interval: str) -> int | None:
    """An amount per billing interval as one per month; None for an interval we do not know."""
    if interval in MONTHS:
        return _rounded(Decimal(amount) / MONTHS[interval])
    every = _EVERY.fullmatch(interval)
    if every and every[2] in ("month", "year"):
        return _rounded(Decimal(amount) / (int(every[1]) * (12 if every[2] == "year" else 1)))
    days = int(every[1]) * (7 if every[2] == "week" else 1) if every else DAYS.get(interval)
    return _rounded(Decimal(amount) * YEAR / (12 * days)) if days else None


def per_month(amount: str, interval: str) -> Cast:
    """`a_month` of two columns, for the database; NULL for an interval we do not know."""
    number = Cast(Func(F(interval), Value(r"\d+"), function="substring"), NUMERIC)
    cases: list[tuple[dict[str, str], Any]] = [
        *(({interval: each}, Value(Decimal(1) / months)) for each, months in MONTHS.items()),
        *(({interval: each}, Value(Decimal(YEAR) / (12 * days))) for each, days in DAYS.items()),
        ({f"{interval}__regex": r"^every \d+ months$"}, 1 / number),
        ({f"{interval}__regex": r"^every \d+ years$"}, 1 / (12 * number)),
        ({f"{interval}__regex": r"^every \d+ days$"}, Decimal(YEAR) / 12 / number),
        ({f"{interval}__regex": r"^every \d+ weeks$"}, Decimal(YEAR) / 84 / number),
    ]
    # The amount is named once: it may be a subquery, and would be written out for every case.
    factor = Case(*(When(**condition, then=each) for condition, each in cases), output_field=NUMERIC)
    return Cast(Round(F(amount) * factor, output_field=NUMERIC), BigIntegerField())


def _rounded(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))
